/** The view library: `html` makes what `render` puts on the page. */
import htm from "../vendor/htm.mjs";
import { h } from "../vendor/preact.mjs";

export const html = htm.bind(h);
export { render } from "../vendor/preact.mjs";
export { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "../vendor/hooks.mjs";
