// Writing: texts, commands from a menu, answers, edits, files, and inline queries to the bot.

import { $, make, post, toast, walk } from "./dom.js";
import { fileSize, plain } from "./messages.js";
import { say } from "./words.js";

const PAUSE = 250; // milliseconds without a key before the bot is asked for what it offers
const LETTER_AT_MOST = 60; // milliseconds

const text = $("text");
let scene; // the chat, who writes, the bot, the commands, and how to send: see `wireComposer`
let context = null; // what is answered, edited or attached
let query = null; // the inline query whose offer is waited for, or shown
let asking = 0;
let typing = 0;

/** What is answered, edited or sent along with the next text; null for nothing. */
export function setContext(next) {
  if (context?.kind === "edit" || next?.kind === "edit") text.value = next?.kind === "edit" ? plainText(next.message) : "";
  context = next;
  $("context").hidden = !context;
  if (!context) return scene && refreshComposer();
  const { kind, message, quote, file } = context;
  const title = { reply: () => say("replying", { name: message.from.first_name }), edit: () => say("editing"), file: () => file.name }[kind]();
  const words = kind === "file" ? fileSize(file.size) : quote ? `“${quote}”` : plain(message);
  $("context").querySelector("p").replaceChildren(make("b", {}, title), make("span", {}, words));
  refreshComposer();
  text.focus();
}

const plainText = (message) => message.text ?? message.caption ?? "";

export function refreshComposer() {
  $("send").disabled = !text.value.trim() && context?.kind !== "file";
  $("commands").hidden = !scene.commands().length;
  const typed = text.value;
  const asked = inlineText(typed);
  if (asked !== null) return ask(asked);
  query = null;
  if (typed.startsWith("/") && !typed.includes(" ")) openMenu(typed.slice(1));
  else closeMenu();
}

async function submit() {
  const words = text.value;
  if ($("send").disabled) return;
  if (query?.results) return query.results.length ? choose(query.results[0].id) : undefined;
  const before = context;
  text.value = "";
  setContext(null);
  if (!(await deliver(words, before)) && !text.value) {
    setContext(before);
    text.value = words;
  }
  refreshComposer();
}

async function deliver(words, given) {
  const { kind, message, quote, file } = given ?? {};
  const from = { by: scene.me().id, chat: scene.chat().id, text: words };
  if (kind === "edit") return (await post("edits", { ...from, message: message.message_id })) !== undefined;
  if (kind === "reply") return (await post("messages", { ...from, reply_to: message.message_id, quote })) !== undefined;
  if (kind === "file") {
    const sent = { name: file.name, type: file.type, data: await base64(file) };
    return (await post("messages", { ...from, file: sent })) !== undefined;
  }
  return scene.send(words);
}

function base64(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.readAsDataURL(file);
  });
}

/** Type a text out, as the story does. */
export function typeOut(words, seconds = 0) {
  clearInterval(typing);
  const letters = [...words];
  const pause = Math.min(LETTER_AT_MOST, (seconds * 800) / Math.max(letters.length, 1));
  text.value = "";
  $("send").disabled = !letters.length;
  if (!letters.length || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    text.value = words;
    return;
  }
  typing = setInterval(() => {
    text.value += letters.shift() ?? "";
    if (!letters.length) clearInterval(typing);
  }, pause);
}

// The menu: commands, and what the bot offers for an inline query

function showMenu(label, ...items) {
  $("menu").replaceChildren(...items);
  $("menu").setAttribute("aria-label", label);
  $("menu").hidden = !items.length;
  $("commands").setAttribute("aria-expanded", String(items.length > 0 && !query));
}

function openMenu(prefix) {
  const choose = (command) => {
    closeMenu();
    text.value = "";
    refreshComposer();
    text.focus();
    scene.send(`/${command}`);
  };
  const fitting = scene.commands().filter(({ command }) => command.startsWith(prefix));
  showMenu(say("commands"), ...fitting.map(({ command, description }) =>
    make("button", { type: "button", onclick: () => choose(command) }, make("b", {}, `/${command}`), make("span", {}, description))));
}

function closeMenu() {
  $("menu").hidden = true;
  $("commands").setAttribute("aria-expanded", "false");
}

/** What follows the bot's name, where a text begins with it. */
function inlineText(typed) {
  const name = `@${scene.bot().username} `;
  return typed.toLowerCase().startsWith(name.toLowerCase()) ? typed.slice(name.length) : null;
}

function ask(words) {
  if (query?.words === words) return; // something else has changed on the page
  clearTimeout(asking);
  const asked = { words };
  query = asked;
  asking = setTimeout(async () => {
    if (asked !== query) return;
    const result = await post("queries", { by: scene.me().id, chat: scene.chat().id, text: words });
    if (result && asked === query) {
      query.id = result.query;
      if (early?.query === query.id) offered(early);
    }
  }, PAUSE);
}

let early = null; // an offer that came before the server told the id of its query

export function offered(offer) {
  if (!query) return;
  if (offer.query !== query.id) {
    early = offer;
    return;
  }
  query.results = offer.results;
  const items = offer.results.map(({ id, title, description }) =>
    make("button", { type: "button", class: "offer", onclick: () => choose(id) }, make("b", {}, title), make("span", {}, description)));
  if (offer.button) {
    const start = async () => {
      text.value = "";
      scene.visit(scene.me().id);
      await scene.send(`/start ${offer.button.start_parameter ?? ""}`.trim());
    };
    items.unshift(make("button", { type: "button", onclick: start }, make("b", {}, offer.button.text)));
  }
  if (!items.length) items.push(make("p", {}, say("nothing-offered")));
  showMenu(say("offers", { name: scene.bot().first_name }), ...items);
}

function choose(result) {
  const { id } = query;
  text.value = "";
  refreshComposer();
  text.focus();
  return post("choices", { query: id, result });
}

/** `given` are functions: the open `chat`, who writes (`me`), the `bot`, the `commands`, how to `send` and to `visit`. */
export function wireComposer(given) {
  scene = given;
  walk($("menu"));
  $("commands").addEventListener("click", () => {
    if ($("menu").hidden) {
      openMenu("");
      $("menu").querySelector("button").focus();
    } else closeMenu();
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", refreshComposer);
  text.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !$("menu").hidden) {
      event.preventDefault();
      [...$("menu").querySelectorAll("button")].at(-1)?.focus();
    }
  });
  text.addEventListener("paste", (event) => attach(event.clipboardData.files[0], event));
  $("attach").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    attach($("file").files[0]);
    $("file").value = "";
  });
  $("context").querySelector("button").addEventListener("click", () => {
    setContext(null);
    text.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!$("menu").hidden) {
      query = null;
      closeMenu();
      text.focus();
    } else if (context) setContext(null);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!$("composer").contains(event.target)) closeMenu();
  });
}

const MOST_BYTES = 20 * 1024 * 1024;

function attach(file, event) {
  if (!file) return;
  event?.preventDefault();
  if (file.size > MOST_BYTES) toast(`${file.name}: ${fileSize(file.size)} > ${fileSize(MOST_BYTES)}`);
  else setContext({ kind: "file", file });
}
