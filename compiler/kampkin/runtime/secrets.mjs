/** What is bound where the code runs and stands in no bundle. */

/** A secret's value, bound under a prefix: a name of the platform's own is never shadowed. @param {Record<string, any>} env @param {string | undefined} name */
export const secretIn = (env, name) => env[`SECRET_${name}`];
