/** Requests that need the network: they tell the page whether there is any. */
import { askAsStaff } from "../lib/session.js";
import { noteNetwork } from "./checking.js";

/** @returns {Promise<object>} The body of the answer. */
export async function asked(method, path, body) {
  try {
    const answer = await askAsStaff(method, path, { body });
    noteNetwork();
    return answer.body;
  } catch (error) {
    noteNetwork(error);
    throw error;
  }
}
