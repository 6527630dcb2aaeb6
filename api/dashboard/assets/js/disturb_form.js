// The form of disturbances: things done to a device, or to the program behind it.

import { cards } from "./fields.js";
import { may } from "./core/roles.js";
import { DISTURBANCES } from "./words.js";

const HANGS_FOR = "1m";

/** The form; the same for every place. */
export async function disturbForm() {
  const chosen = { word: DISTURBANCES[0][0] };
  return {
    elements: [
      cards(
        "disturbance",
        "What happens to it",
        DISTURBANCES.map(([value, title, text, role]) => ({ value, title, text, disabled: !may(role) })),
        chosen.word,
        (value) => {
          chosen.word = value;
        },
      ),
    ],
    read: () => (chosen.word === "hang" ? { do: "hang", for: HANGS_FOR } : { do: chosen.word }),
  };
}
