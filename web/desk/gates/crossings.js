/** How a crossing is shown. */
import { dateAndTime, useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { checkpointName, useCheckpoints } from "../checkpoints.js";
import { label } from "../labels.js";
import { Facts } from "../parts.js";
import { WORDS } from "./words.js";

const A_MINUTE = 60; // seconds

export function Crossing({ crossing }) {
  const words = useWords(WORDS).crossing;
  const gates = useCheckpoints();
  const { offline } = crossing;
  return html`<${Facts}
    facts=${[
      [words.decision, html`<strong>${label("decision", crossing.decision)}</strong>`],
      [words.at, dateAndTime(crossing.recorded_at)],
      [words.checkpoint, checkpointName(gates, crossing.checkpoint)],
      [words.by, crossing.recorded_by_name],
      [words.temperature, crossing.temperature && words.degrees(crossing.temperature)],
      [words.papers, crossing.documents_seen.map((each) => label("document", each)).join(", ")],
      [words.reason, crossing.reason],
      [words.device, offline && [offline.device, clockOf(offline, words)].filter(Boolean).join(", ")],
    ]}
  />`;
}

function clockOf({ clock_ahead_seconds: seconds }, words) {
  const minutes = Math.round(Math.abs(seconds) / A_MINUTE);
  if (!minutes) return "";
  return seconds > 0 ? words.ahead(minutes) : words.behind(minutes);
}
