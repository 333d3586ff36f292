/** What the page shows before somebody is signed in, and around everything else. */
import { Unreachable } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Failure, Languages } from "../lib/parts.js";
import { signIn } from "../lib/session.js";
import { html, useState } from "../lib/view.js";

export const ENTRY_WORDS = {
  vi: { title: "Chốt kiểm soát", starting: "Đang mở…", forStaff: "Dành cho cán bộ trực chốt.", signIn: "Đăng nhập" },
  en: { title: "Checkpoint", starting: "Opening…", forStaff: "For staff at a checkpoint.", signIn: "Sign in" },
};

export function SignIn() {
  const words = useWords(ENTRY_WORDS);
  const [error, tell] = useState(null);
  const go = () => {
    tell(null);
    signIn().catch((why) => tell(why instanceof Error ? new Unreachable("sign-in", { cause: why }) : why));
  };
  return html`<${Failure} error=${error} />
    <button type="button" class="primary wide huge" onClick=${go}>${words.signIn}</button>`;
}

export function Frame({ children }) {
  const words = useWords(ENTRY_WORDS);
  return html`<header class="head"><p class="head-name">${words.title}</p><${Languages} /></header>${children}`;
}
