import { html, render } from "./vendor/preact.mjs";
import { App } from "./app.mjs";
import { open } from "./stream.mjs";
import { watchLinks } from "./router.mjs";
import { watchKeys } from "./keys.mjs";

open();
watchLinks();
watchKeys();
render(html`<${App} />`, document.getElementById("app"));
