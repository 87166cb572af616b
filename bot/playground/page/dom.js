// Making elements, and talking to the server.

import { say } from "./words.js";

const TOAST_LASTS = 3500;
let toastTimer = 0;

export const $ = (id) => document.getElementById(id);

/** Make an element: attributes that are null are left out, `on…` are listeners. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg;
}

/** Let the arrow keys, Home and End go through the buttons of a group. */
export function walk(group) {
  group.addEventListener("keydown", (event) => {
    const items = [...group.querySelectorAll("button")];
    const here = items.indexOf(document.activeElement);
    const steps = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    items.at(steps[event.key] % items.length).focus();
  });
}

export function toast(words) {
  clearTimeout(toastTimer);
  $("toast").textContent = words;
  toastTimer = setTimeout(() => $("toast").replaceChildren(), TOAST_LASTS);
}

/** Tell the server what a person does; gives its result, or undefined where it was refused. */
export async function post(path, content) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
  const answer = await asked(`api/${path}`, request);
  if (!answer.ok) toast(answer.description);
  return answer.ok ? answer.result ?? null : undefined;
}

export async function stored(chat, message) {
  const query = new URLSearchParams({ chat, message, language: document.documentElement.lang });
  return (await asked(`api/stored?${query}`)).result ?? null;
}

async function asked(path, request) {
  try {
    return await (await fetch(path, request)).json();
  } catch {
    return { ok: false, description: say("no-answer") };
  }
}
