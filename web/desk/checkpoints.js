/** The gates of the province: public data. */
import { ask } from "../lib/api.js";
import { language } from "../lib/language.js";
import { useEffect, useState } from "../lib/view.js";

let known;

/** @returns {Promise<object[]>} As the API has them. */
export function allCheckpoints() {
  known ??= ask("GET", "/v1/checkpoints").then(
    ({ body }) => body.checkpoints,
    (error) => {
      known = undefined;
      throw error;
    },
  );
  return known;
}

/** After a change. */
export function forgetCheckpoints() {
  known = undefined;
}

export function useCheckpoints() {
  const [all, setAll] = useState([]);
  useEffect(() => {
    allCheckpoints().then(setAll, () => {});
  }, []);
  return all;
}

export function checkpointName(all, id) {
  const found = all.find((each) => each.id === id);
  return found ? (language() === "en" ? found.name_en : found.name) : id;
}
