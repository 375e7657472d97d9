import { worker } from "./cloudflare.mjs";
import plan from "./plan.mjs";
import site from "./site.mjs";

export default worker(plan, site);
