// Plays vectors on the modules of a folder, as Python asks for them.

import { pathToFileURL } from "node:url";
import { converse } from "../../local/js/conversation.mjs";
import { createWorlds } from "./world.mjs";

converse(async ({ folder }) => {
  const play = await createWorlds((name) => import(pathToFileURL(`${folder}/${name}`).href));
  return { ready: {}, commands: { play }, close() {} };
});
