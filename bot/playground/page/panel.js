// The panel beside the chat: what the bot stored about a message, and switches for what goes wrong at Telegram.

import { $, make, post, stored } from "./dom.js";
import { say } from "./words.js";

let shown = ""; // "stored", "faults" or nothing
let switches = [];
let asked = 0;

const phone = matchMedia("(max-width: 720px)"); // there the panel covers all else

const percent = (share) => share.toLocaleString(document.documentElement.lang, { style: "percent" });

export function wirePanel(onChange) {
  for (const name of ["stored", "faults"]) $(`${name}-tool`).addEventListener("click", () => open(shown === name ? "" : name, onChange));
  const close = () => {
    const tool = $(`${shown}-tool`);
    open("", onChange);
    tool.focus();
  };
  $("close").addEventListener("click", close);
  phone.addEventListener("change", cover);
  $("panel").addEventListener("keydown", (event) => event.key === "Escape" && close());
}

/** What is covered can't be reached by keyboard either. */
function cover() {
  for (const part of document.querySelectorAll(".side, .chat")) part.inert = Boolean(shown) && phone.matches;
}

export const looksAtStored = () => shown === "stored";

export function open(name, onChange) {
  shown = name;
  $("panel").hidden = !name;
  document.body.classList.toggle("with-panel", Boolean(name));
  cover();
  for (const each of ["stored", "faults"]) $(`${each}-tool`).setAttribute("aria-expanded", String(each === name));
  if (name) {
    $("panel-title").textContent = say(name);
    $("panel-body").replaceChildren();
    if (name === "faults") setFaults(switches);
    $("close").focus();
  }
  onChange();
}

// What is stored

/** Look at a message, again if it is the same; `names` tells who is who. */
export async function look(chat, message, names) {
  if (shown !== "stored") return;
  const turn = ++asked;
  const found = message ? await stored(chat, message) : null;
  if (turn !== asked || shown !== "stored") return;
  const parts = found ? drawStored(found, names) : [make("p", { class: "soft" }, say(message ? "nothing" : "choose"))];
  $("panel-body").replaceChildren(...parts);
}

function drawStored(found, names) {
  const time = new Date(found.at * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit", second: "2-digit" });
  return [
    make("h3", {}, say("reading")),
    make("p", { class: "said" }, found.said ? `${found.said.emoji} ${found.said.name}` : `🤔 ${say("unsure")}`),
    make("p", { class: "soft" }, say("model", { version: found.model, time })),
    make("h3", {}, say("which")),
    make("ul", { class: "shares" }, ...found.shares.map((one) => drawShare(one, found.said))),
    make("h3", {}, say("whether")),
    make("ul", { class: "shares" }, drawShare(found.none, found.said)),
    make("h3", {}, say("corrections")),
    found.opinions.length
      ? make("ul", { class: "opinions" }, ...found.opinions.map((one) => drawOpinion(one, names)))
      : make("p", { class: "soft" }, say("no-corrections")),
    make("h3", {}, say("text")),
    make("p", { class: "soft" }, say(found.held_out ? "text-held-out" : found.kept ? "text-kept" : "text-not-kept")),
  ];
}

function drawShare({ key, emoji, name, share }, said) {
  const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i", { class: `of-${key}` }));
  bar.firstChild.style.setProperty("--share", share);
  return make(
    "li",
    { class: said?.key === key ? "best" : null },
    make("span", {}, make("span", { "aria-hidden": "true" }, `${emoji} `), name),
    bar,
    make("span", { class: "number" }, percent(share)),
  );
}

function drawOpinion({ emoji, name, person, confirms, undone, weight }, names) {
  const notes = [
    confirms && say("confirms"),
    undone && say("undone"),
    weight !== null && say("weight", { weight: weight.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 }) }),
  ].filter(Boolean);
  return make(
    "li",
    { class: undone ? "undone" : null },
    make("span", {}, `${names(person)}: `, make("b", {}, `${emoji} ${name}`)),
    notes.length ? make("small", {}, notes.join(", ")) : null,
  );
}

// What goes wrong

export function setFaults(given) {
  switches = given;
  const on = switches.filter((each) => each.on).length;
  const tool = $("faults-tool");
  tool.querySelector("i").hidden = !on;
  tool.setAttribute("aria-label", on ? say("faults-on", { count: on }) : say("faults"));
  if (shown !== "faults") return;
  if (!$("panel-body").querySelector(".switch")) drawSwitches(); // it was opened before the server had told of any
  for (const each of switches) {
    const box = $(`fault-${each.name}`);
    box.checked = each.on;
    box.closest("label").querySelector(".struck").textContent = each.struck ? say("struck", { count: each.struck }) : "";
  }
}

function drawSwitches() {
  const rows = switches.map(({ name }) => {
    const flip = (event) => post("faults", { name, on: event.currentTarget.checked });
    return make(
      "li",
      {},
      make(
        "label",
        { class: "switch", for: `fault-${name}` },
        make("span", {}, make("b", { id: `${name}-name` }, say(name)), make("small", { id: `${name}-hint` }, say(`${name}-hint`)), make("small", { class: "struck" })),
        make("input", {
          type: "checkbox",
          role: "switch",
          id: `fault-${name}`,
          "aria-labelledby": `${name}-name`,
          "aria-describedby": `${name}-hint`,
          onchange: flip,
        }),
      ),
    );
  });
  $("panel-body").replaceChildren(make("p", { class: "soft" }, say("faults-hint")), make("ul", { class: "switches" }, ...rows));
}
