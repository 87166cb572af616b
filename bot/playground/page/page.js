// The chat page of the playground: shows what the server tells, and sends what a person does.

import { wireComposer, refreshComposer, offered, setContext, typeOut } from "./composer.js";
import { $, drawing, make, post, toast, walk } from "./dom.js";
import { drawMessage, drawTyping, fullName, HUES, plain } from "./messages.js";
import { look, looksAtStored, open as openPanel, setFaults, wirePanel } from "./panel.js";
import { say, speak } from "./words.js";

const ACTIONS = ["typing", "upload_photo", "upload_document"];
const ACTION_LASTS = 5000;
const TAP_LASTS = 15000;
const REACTIONS = ["👍", "👎", "❤", "😁", "😢", "😱"];
const GROUP_FACE = "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3 19c0-3 2.700-5 6-5s6 2 6 5M16 11a3 3 0 0 0 0-6M17 14c2.500.3 4 2.300 4 5";

const log = $("log"); // what scrolls
const list = $("messages");
const text = $("text");
const chats = new Map();
const pressed = new Map(); // taps that wait for their answer: tap id -> button
const answers = new Map(); // answers that came before the server told the id of the tap
let bot = null;
let current = null; // the chat that is open
let playing = null; // the scene of the story that plays
let abilities = {};
let stuck = true; // whether the end of the chat is to stay in sight, whatever grows

const me = () => current.me;
const address = (chat) => `#${nameOf(chat).toLowerCase()}`;
const nameOf = (chat) => (chat.kind === "private" ? chat.members[0].first_name : chat.title);
const myCommands = () => current.menus[me().id] ?? [];
const personById = (id) => [...chats.values()].flatMap(({ members }) => members).find((person) => person.id === id);

// Messages

function draw(message) {
  return drawMessage(message, { chat: current, me: me().id, send, tap, react, goTo, more });
}

/** Put a message where it belongs in the open chat, in the place of what it was before. */
function placeMessage(message) {
  const stick = atEnd() || message.author === me().id;
  const old = list.querySelector(`[data-id="${message.message_id}"]`);
  const item = draw(message);
  if (old) {
    const controls = "button, a";
    const focused = [...old.querySelectorAll(controls)].indexOf(document.activeElement);
    old.replaceWith(item);
    if (focused >= 0) ([...item.querySelectorAll(`.keyboard ${controls}`)].at(0) ?? log).focus();
  } else {
    item.classList.add("new");
    list.append(item);
    const indicator = list.querySelector(".typing");
    if (indicator) list.append(indicator);
  }
  if (stick) toEnd();
}

function goTo(id) {
  const item = list.querySelector(`[data-id="${id}"]`);
  if (!item) return;
  item.scrollIntoView({ block: "center", behavior: "smooth" });
  item.classList.remove("shown");
  requestAnimationFrame(() => item.classList.add("shown"));
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

/** Go to the end, or to the message that the story points at. */
function toEnd() {
  const shown = playing?.message && list.querySelector(`[data-id="${playing.message}"]`);
  if (shown) shown.scrollIntoView({ block: "start" });
  else log.scrollTop = log.scrollHeight;
  stuck = true;
}

// What can be done with a message

function more(button, message) {
  const marked = getSelection().toString().trim();
  const quote = (message.text ?? message.caption ?? "").includes(marked) ? marked : "";
  const mine = message.author === me().id;
  const groups = [...chats.values()].filter(({ kind }) => kind !== "private");
  const forward = (to) => () => post("forwards", { by: me().id, chat: to, from: current.id, message: message.message_id });
  const remove = () => post("removals", { chat: current.id, message: message.message_id });
  const whole = current.kind === "private" ? groups : [];
  const acts = [
    [say("reply"), () => setContext({ kind: "reply", message, quote })],
    mine && !message.via_bot && !message.forward_origin && [say("edit"), () => setContext({ kind: "edit", message })],
    ...whole.map((group) => [say("forward-group", { name: group.title }), forward(group.id)]),
    current.kind !== "private" && [say("forward-bot"), forward(me().id)],
    abilities.looks && [say("look"), () => lookAt(message.message_id)],
    (mine || current.kind === "private") && [say("delete"), remove],
  ].filter(Boolean);
  const done = (act) => () => {
    $("actions").hidePopover();
    act();
  };
  const now = message.reactions.find(([id]) => id === me().id)?.[1];
  $("actions").replaceChildren(
    make("div", { class: "emoji" }, ...REACTIONS.map((emoji) =>
      make("button", { type: "button", "aria-label": say("react", { emoji }), "aria-pressed": String(emoji === now), onclick: done(() => react(message, emoji === now ? "" : emoji)) }, emoji))),
    ...acts.map(([words, act]) => make("button", { type: "button", onclick: done(act) }, words)),
  );
  place($("actions"), button);
}

/** Show a popover beside a button, inside of the window. */
function place(popover, button) {
  popover.showPopover();
  const at = button.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const within = (value, room) => Math.max(8, Math.min(value, room - 8));
  popover.style.left = `${within(at.right - size.width, innerWidth - size.width)}px`;
  popover.style.top = `${within(at.bottom + 4, innerHeight - size.height)}px`;
  popover.querySelector("button").focus();
}

function react(message, emoji) {
  return post("reactions", { by: me().id, chat: current.id, message: message.message_id, emoji });
}

// What is stored

function lookAt(message) {
  current.chosen = message;
  if (looksAtStored()) refreshStored();
  else openPanel("stored", refreshStored);
}

function refreshStored() {
  for (const item of list.querySelectorAll(".chosen")) item.classList.remove("chosen");
  if (!looksAtStored()) return;
  const readings = [...current.messages.values()].filter((message) => message.from?.is_bot && message.reply_to_message);
  const id = current.chosen ?? readings.at(-1)?.message_id ?? 0;
  list.querySelector(`[data-id="${id}"]`)?.classList.add("chosen");
  const read = current.messages.get(id)?.reply_to_message?.message_id; // it is stored before the bot answers
  look(current.id, (current.messages.get(id)?.from.is_bot && read) || id, (person) => personById(person)?.first_name ?? person);
}

// People and groups

function drawChat(chat) {
  const place = [...chats.keys()].indexOf(chat.id);
  const group = chat.kind !== "private";
  const face = make("span", { class: "face", "aria-hidden": "true" }, group ? drawing(GROUP_FACE) : [...nameOf(chat)][0]);
  if (!group) face.style.setProperty("--hue", HUES[place % HUES.length]);
  const language = group ? null : chat.members[0].language_code?.split("-")[0];
  chat.button = make(
    "button",
    { type: "button", class: `person${group ? " group" : ""}`, onclick: () => show(chat.id) },
    face,
    make("span", { class: "name" }, nameOf(chat), group ? null : make("span", { class: "surname" }, ` ${chat.members[0].last_name ?? ""}`)),
    make("span", { class: "language", title: language ? say("language") : null }, language ?? ""),
    make("span", { class: "last" }),
    make("span", { class: "unread", hidden: "" }),
  );
  $("people").append(make("li", {}, chat.button));
  refreshChat(chat);
}

function refreshChat(chat) {
  const latest = [...chat.messages.values()].at(-1);
  chat.button.querySelector(".last").textContent = latest ? plain(latest) : say("not-started");
  const badge = chat.button.querySelector(".unread");
  badge.hidden = !chat.unread;
  badge.replaceChildren(...(chat.unread ? [String(chat.unread), make("span", { class: "unseen" }, ` ${say("unread")}`)] : []));
  if (chat === current) chat.button.setAttribute("aria-current", "true");
  else chat.button.removeAttribute("aria-current");
  const unread = [...chats.values()].reduce((sum, { unread: count }) => sum + count, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${say("title")}`;
}

/** Open a chat, and write as its person, or as who was chosen in the group, from now on. */
function show(id) {
  const before = current;
  if (before) {
    setContext(null);
    before.draft = text.value;
  }
  current = chats.get(id);
  const group = current.kind !== "private";
  current.me ??= group && before ? before.me : current.members[0];
  current.unread = 0;
  location.replace(address(current));
  $("name").textContent = group ? current.title : bot.first_name;
  $("me").replaceChildren(...current.members.map((person) => make("option", { value: person.id }, fullName(person))));
  $("me").value = me().id;
  $("me").disabled = !group;
  $("as").classList.toggle("one", !group);
  $("bot-face").hidden = group;
  $("group-face").hidden = !group;
  text.value = current.draft;
  drawAll();
  for (const chat of new Set([before, current])) if (chat) refreshChat(chat);
  if (matchMedia("(hover: hover)").matches && !playing) text.focus();
}

function drawAll() {
  const { first_name: name } = me();
  const group = current.kind !== "private";
  $("welcome-title").textContent = group ? say("say-hello-in", { name: current.title }) : say("say-hello", { name });
  $("welcome-words").textContent = group ? say("welcome-group", { bot: bot.username }) : say("welcome");
  $("start").hidden = group;
  text.placeholder = say("message-as", { name });
  text.setAttribute("aria-label", text.placeholder);
  log.setAttribute("aria-live", "off"); // what is there already is not news
  list.replaceChildren(...[...current.messages.values()].map(draw));
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  refreshAction();
  refresh();
  refreshStored();
  toEnd();
}

function refresh() {
  $("welcome").hidden = current.messages.size > 0 || playing !== null;
  refreshComposer();
}

// What the bot is doing, and what it says to a tap

function refreshAction() {
  const action = ACTIONS.includes(current.action) ? say(current.action) : "";
  const idle = current.kind === "private" ? say("bot") : say("members", { count: current.members.length });
  $("status").textContent = action || idle;
  $("status").classList.toggle("busy", Boolean(action));
  const stick = atEnd();
  list.querySelector(".typing")?.remove();
  if (action) {
    list.append(drawTyping());
    if (stick) toEnd();
  }
}

function setAction(chat, action) {
  clearTimeout(chat.actionTimer);
  chat.action = action;
  if (action) chat.actionTimer = setTimeout(() => setAction(chat, ""), ACTION_LASTS);
  if (chat === current) refreshAction();
}

async function tap(button, place) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const result = await post("taps", { by: me().id, chat: current.id, ...place });
  if (!result) return button.removeAttribute("aria-busy");
  pressed.set(result.tap, button);
  if (answers.has(result.tap)) settle(result.tap, answers.get(result.tap));
  else setTimeout(() => settle(result.tap, {}), TAP_LASTS);
}

/** The bot answered a tap, or never did. */
function settle(id, { text: words, alert }) {
  pressed.get(id)?.removeAttribute("aria-busy");
  pressed.delete(id);
  answers.delete(id);
  if (words && alert) {
    $("alert-text").textContent = words;
    $("alert").showModal();
  } else if (words) toast(words);
}

async function send(words) {
  return (await post("messages", { by: me().id, chat: current.id, text: words })) !== undefined;
}

// The story that plays by itself

function showScene(scene) {
  const before = playing;
  playing = scene;
  $("story").hidden = !scene;
  $("composer").inert = Boolean(scene);
  for (const button of document.querySelectorAll(".play")) button.disabled = Boolean(scene);
  $("welcome").hidden = current.messages.size > 0 || playing !== null;
  if (!scene) {
    if (before) typeOut("");
    return;
  }
  if (scene.chat !== current.id) show(scene.chat);
  if (!before) setContext(null);
  $("caption").textContent = say(`scene-${scene.name}`, { name: scene.person });
  const step = (_, place) => make("i", { class: place < scene.step ? "past" : place === scene.step ? "now" : null });
  $("steps").replaceChildren(...Array.from({ length: scene.steps }, step));
  typeOut(scene.typing ?? "", scene.seconds);
  if (scene.press) {
    const { message, row, column } = scene.press;
    list.querySelector(`[data-id="${message}"] [data-place="${row}:${column}"]`)?.classList.add("pressed");
  }
  toEnd();
}

for (const button of document.querySelectorAll(".play")) {
  button.addEventListener("click", () => post("story", { on: true }));
}
$("stop").addEventListener("click", () => post("story", { on: false }));

// What the server tells

const tellings = {
  snapshot({ bot: who, chats: given, faults, scene, looks, plays }) {
    const before = new Map(chats);
    bot = who;
    abilities = { looks, plays };
    $("stored-tool").hidden = !looks;
    for (const button of document.querySelectorAll(".play")) button.hidden = !plays;
    $("foot").hidden = !plays;
    setFaults(faults.switches);
    chats.clear();
    $("people").replaceChildren();
    for (const { id, kind, title, members, commands, messages } of given) {
      if (kind === "channel") continue;
      const old = before.get(id);
      const known = old ? [...old.messages.keys()].at(-1) ?? 0 : Infinity;
      const unread = messages.filter((message) => message.from.is_bot && message.message_id > known).length;
      const byId = new Map(messages.map((message) => [message.message_id, message]));
      const draft = old && old === current ? text.value : old?.draft ?? "";
      const chat = { id, kind, title, members, menus: commands, messages: byId, draft, action: "", me: old?.me };
      chats.set(id, { ...chat, unread: (old?.unread ?? 0) + unread });
    }
    chats.forEach(drawChat);
    const named = [...chats.values()].find((chat) => address(chat) === location.hash);
    const next = (current ?? named ?? [...chats.values()][0]).id;
    current = null;
    show(next);
    if (scene || playing) showScene(scene);
  },
  message({ chat: id, message }) {
    const chat = chats.get(id);
    const fresh = !chat.messages.has(message.message_id);
    chat.messages.set(message.message_id, message);
    if (fresh && message.from.is_bot) {
      setAction(chat, "");
      if (chat !== current) chat.unread += 1;
    }
    if (chat === current) {
      placeMessage(message);
      refresh();
      if (fresh && message.reply_to_message) chat.chosen = undefined;
      refreshStored();
    }
    refreshChat(chat);
  },
  removed({ chat: id, message }) {
    const chat = chats.get(id);
    chat.messages.delete(message);
    if (chat === current) {
      list.querySelector(`[data-id="${message}"]`)?.remove();
      refresh();
      refreshStored();
    }
    refreshChat(chat);
  },
  action({ chat, action }) {
    setAction(chats.get(chat), action);
  },
  answer(answer) {
    if (pressed.has(answer.tap)) settle(answer.tap, answer);
    else answers.set(answer.tap, answer);
    refreshStored();
  },
  commands({ commands }) {
    for (const [id, menus] of Object.entries(commands)) if (chats.has(Number(id))) chats.get(Number(id)).menus = menus;
    refreshComposer();
  },
  offer(offer) {
    offered(offer);
  },
  faults({ switches }) {
    setFaults(switches);
  },
  scene({ scene }) {
    showScene(scene);
  },
};

speak();
$("group-face").append(drawing(GROUP_FACE));
walk($("actions"));
wirePanel(() => refreshStored());
wireComposer({
  chat: () => current,
  me,
  bot: () => bot,
  commands: myCommands,
  send,
  visit: (id) => show(id),
});

const stream = new EventSource("api/events");
stream.addEventListener("message", (event) => {
  const told = JSON.parse(event.data);
  if (told.chat === undefined || chats.has(told.chat)) tellings[told.type](told);
});
stream.addEventListener("error", () => {
  $("status").textContent = say("away");
});

$("me").addEventListener("change", () => {
  current.me = current.members.find(({ id }) => id === Number($("me").value));
  drawAll();
});
$("start").addEventListener("click", () => {
  send("/start");
  text.focus();
});
$("latest").addEventListener("click", toEnd);
log.addEventListener("scroll", () => {
  stuck = atEnd();
  $("latest").hidden = stuck;
}, { passive: true });
const resized = new ResizeObserver(() => stuck && toEnd());
for (const part of [log, list]) resized.observe(part);
window.addEventListener("hashchange", () => {
  const chat = [...chats.values()].find((each) => address(each) === location.hash);
  if (chat && chat !== current) show(chat.id);
});
