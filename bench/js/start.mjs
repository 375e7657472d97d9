// How long a fresh Node takes to import a function's plan.mjs, then all of its main.mjs, ms. argv: the folder.

import { pathToFileURL } from "node:url";

const took = async (/** @type {string} */ module) => {
  const began = performance.now();
  await import(pathToFileURL(`${process.argv[2]}/${module}`).href);
  return performance.now() - began;
};
const plan = await took("plan.mjs");
process.stdout.write(JSON.stringify({ plan, main: plan + (await took("main.mjs")) }));
