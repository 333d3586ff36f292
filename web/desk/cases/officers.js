/** Health officers who can get work with contacts. */
import { useEffect, useState } from "../../lib/view.js";
import { once, request } from "../requests.js";

/** @returns {Promise<{subject: string, name?: string}[]>} By name. */
export function allOfficers() {
  return once("officers", load);
}

async function load() {
  const found = [];
  for (let cursor = "", complete = false; !complete; ) {
    const { body } = await request("GET", `/v1/officers?limit=100${cursor}`);
    found.push(...body.officers);
    complete = body.complete;
    cursor = `&cursor=${encodeURIComponent(body.cursor)}`;
  }
  return found;
}

/** The name of an officer, once it is known; the subject of one who has none. */
export function useOfficerName(subject) {
  const [name, setName] = useState("");
  useEffect(() => {
    setName("");
    if (!subject) return;
    allOfficers().then(
      (all) => setName(all.find((each) => each.subject === subject)?.name ?? ""),
      () => {},
    );
  }, [subject]);
  return name || subject;
}
