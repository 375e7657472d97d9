import { createCall } from "./aws-call.mjs";
import changes from "./changes.mjs";
import { notifier } from "./notifier.mjs";
import owners from "./owners.mjs";
import site from "./site.mjs";

const { env } = process;

export const handler = notifier(owners, changes, site, { call: createCall(env.AWS_REGION ?? "", env), fetch, now: Date.now, env, log: console.log });
