/** The policy, the message templates and the trusted keys. */
import { useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { Tabs, Title } from "../parts.js";
import { go } from "../places.js";
import { VersionedDocument } from "./documents.js";
import { Rules } from "./rules.js";
import { Templates } from "./templates.js";
import { TrustList } from "./trust_list.js";
import { WORDS } from "./words.js";

const SEE_TRUST_LIST = ["administrator", "supervisor", "health"];

export default function Policy({ own, place }) {
  const words = useWords(WORDS);
  const has = (role) => own.roles.includes(role);
  const parts = ["", "templates", ...(SEE_TRUST_LIST.some(has) ? ["trust"] : [])];
  const chosen = parts.includes(place.view) ? place.view : "";
  return html`
    <${Title} key=${chosen}>${words.title}<//>
    <${Tabs} label=${words.parts} parts=${parts.map((each) => [each, words.part[each]])} chosen=${chosen} choose=${(part) => go("policy", part)} />
    ${chosen === "" &&
    html`<${VersionedDocument}
      key="policy"
      path="/v1/policy"
      read=${Rules}
      mayChange=${has("administrator")}
      trials=${has("health") ? "/v1/policy/trials" : null}
    />`}
    ${chosen === "templates" &&
    html`<${VersionedDocument} key="templates" path="/v1/message-templates" read=${Templates} mayChange=${has("administrator")} trials=${null} />`}
    ${chosen === "trust" && html`<${TrustList} mayChange=${has("administrator")} />`}
  `;
}
