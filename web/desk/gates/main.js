/** Gates: conflicts of crossings that were recorded without network, one pass by its code, and the gates themselves. */
import { useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { Tabs, Title } from "../parts.js";
import { go } from "../places.js";
import { Checkpoints } from "./checkpoints.js";
import { Codes } from "./codes.js";
import { Conflicts } from "./conflicts.js";
import { WORDS } from "./words.js";

const PARTS = {
  conflicts: { roles: ["supervisor"], part: Conflicts },
  codes: { roles: ["supervisor", "health", "hotline"], part: Codes },
  checkpoints: { roles: ["supervisor", "administrator"], part: Checkpoints },
};

export default function Gates({ own, place }) {
  const words = useWords(WORDS);
  const allowed = Object.keys(PARTS).filter((name) => own.roles.some((role) => PARTS[name].roles.includes(role)));
  const chosen = allowed.includes(place.view) ? place.view : allowed[0];
  const Part = PARTS[chosen].part;
  return html`
    <${Title} key=${chosen}>${allowed.length > 1 ? words.title : words.part[chosen]}<//>
    <${Tabs}
      label=${words.parts}
      parts=${allowed.map((name) => [name, words.part[name]])}
      chosen=${chosen}
      choose=${(part) => go("gates", part === allowed[0] ? "" : part)}
    />
    <${Part} own=${own} />
  `;
}
