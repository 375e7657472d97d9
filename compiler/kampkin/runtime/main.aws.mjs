import { lambda } from "./lambda.mjs";
import plan from "./plan.mjs";
import site from "./site.mjs";

export const handler = lambda(plan, site);
