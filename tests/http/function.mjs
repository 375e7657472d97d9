// The compiled function, handed events as CloudFront would, and others that it never would.

import { pathToFileURL } from "node:url";
import { converse } from "../../compiler/kampkin/local/js/conversation.mjs";

converse(async ({ folder }, say) => {
  console.log = (log) => say({ log });
  const { handler } = await import(pathToFileURL(`${folder}/main.mjs`).href);
  return {
    ready: {},
    commands: {
      async invoke({ request, config, response }) {
        const cf = { config: { requestId: "r", eventType: "origin-request", ...config }, request, ...(response && { response }) };
        return handler({ Records: [{ cf }] }, {});
      },
    },
    close: () => {},
  };
});
