// The chat page of the playground: shows what the server tells, and sends what a person does. Texts become text nodes
// and elements made here, never markup.

const HUES = [262, 200, 150, 340, 28];
const LINKS = /^(https?|mailto|tel):/i;
const BLOCKS = { pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", ...BLOCKS };
const ACTIONS = { typing: "typing…", upload_photo: "sending a photo…", upload_document: "sending a file…" };
const ACTION_LASTS = 5000;
const TAP_LASTS = 15000;
const TOAST_LASTS = 3500;

const $ = (id) => document.getElementById(id);
const log = $("log"); // what scrolls
const list = $("messages");
const text = $("text");
const chats = new Map();
const pressed = new Map(); // taps that wait for their answer: tap id -> button
const answers = new Map(); // answers that came before the server told the id of the tap
let open = null;
let toastTimer = 0;

/** Make an element: attributes that are null are left out, `on…` are listeners. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg;
}

// Texts

/** A text with its entities as nodes. Offsets are UTF-16 code units, as those of JavaScript's strings. */
function rich(string, entities, from = 0, to = string.length) {
  const fragment = document.createDocumentFragment();
  const rest = [...entities];
  while (rest.length) {
    const entity = rest.shift();
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < from || entity.offset >= to) continue;
    const inner = [];
    while (rest.length && rest[0].offset < end) inner.push(rest.shift());
    fragment.append(string.slice(from, entity.offset));
    fragment.append(mark(entity, string.slice(entity.offset, end), rich(string, inner, entity.offset, end)));
    from = entity.type in BLOCKS && string[end] === "\n" ? end + 1 : end; // a block ends its line itself
  }
  fragment.append(string.slice(from, to));
  return fragment;
}

function mark(entity, string, content) {
  switch (entity.type) {
    case "text_link":
    case "url":
    case "email": {
      const address = entity.type === "email" ? `mailto:${string}` : entity.url ?? string;
      if (!LINKS.test(address)) return content;
      return make("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, content);
    }
    case "bot_command":
      return make("button", { type: "button", class: "command link", onclick: () => send(string) }, content);
    case "mention":
    case "hashtag":
      return make("span", { class: "link" }, content);
    case "spoiler": {
      const reveal = (event) => event.currentTarget.classList.add("open");
      return make("button", { type: "button", class: "spoiler", onclick: reveal }, content);
    }
    default:
      return entity.type in TAGS ? make(TAGS[entity.type], {}, content) : content;
  }
}

const plain = (message) =>
  message.text ?? message.caption ?? (message.photo ? "Photo" : message.document?.file_name ?? "");

function fileSize(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

// Messages

function drawMessage(message) {
  const mine = !message.from.is_bot;
  const bubble = make("div", { class: "bubble" }, make("span", { class: "unseen" }, `${message.from.first_name}: `));
  if (message.reply_to_message) bubble.append(drawQuote(message.reply_to_message));
  if (message.photo) bubble.append(drawPhoto(message.photo.at(-1), message.from.first_name));
  if (message.document) bubble.append(drawDocument(message.document));
  const body = message.text ?? message.caption;
  if (body) bubble.append(make("span", { class: "body" }, rich(body, message.entities ?? message.caption_entities ?? [])));
  bubble.append(drawMeta(message));
  const item = make("li", { class: `message ${mine ? "mine" : "theirs"}`, "data-id": message.message_id }, bubble);
  if (message.reply_markup) item.append(drawKeyboard(message));
  return item;
}

function drawMeta(message) {
  const date = new Date(message.date * 1000);
  const time = make("time", { datetime: date.toISOString() }, date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }));
  return make("span", { class: "meta" }, message.edit_date ? "edited " : "", time);
}

function drawQuote(original) {
  return make(
    "button",
    { type: "button", class: "quote", onclick: () => showMessage(original.message_id) },
    make("b", {}, original.from.first_name),
    make("span", {}, plain(original)),
  );
}

function drawPhoto(photo, sender) {
  const address = `api/files/${photo.file_id}`;
  const attributes = { src: address, alt: `Photo from ${sender}`, width: photo.width, height: photo.height };
  return make("a", { class: "photo", href: address, target: "_blank" }, make("img", attributes));
}

function drawDocument(file) {
  return make(
    "a",
    { class: "document", href: `api/files/${file.file_id}`, download: file.file_name },
    drawing("M12 4v12m-5-5 5 5 5-5M5 20h14"),
    make("span", {}, file.file_name, make("small", {}, fileSize(file.file_size))),
  );
}

function drawKeyboard(message) {
  const rows = message.reply_markup.inline_keyboard.map((buttons, row) =>
    make("div", { class: "row" }, ...buttons.map((button, column) => drawButton(message, button, row, column))),
  );
  return make("div", { class: "keyboard", role: "group", "aria-label": "Answers" }, ...rows);
}

function drawButton(message, button, row, column) {
  if (button.url && LINKS.test(button.url)) {
    return make("a", { href: button.url, target: "_blank", rel: "noreferrer noopener" }, button.text);
  }
  const works = button.callback_data !== undefined;
  const press = (event) => tap(event.currentTarget, { chat: message.chat.id, message: message.message_id, row, column });
  return make("button", { type: "button", disabled: works ? null : "", onclick: press }, button.text);
}

/** Put a message where it belongs in the open chat, in the place of what it was before. */
function placeMessage(message) {
  const stick = atEnd() || !message.from.is_bot;
  const old = list.querySelector(`[data-id="${message.message_id}"]`);
  const item = drawMessage(message);
  if (old) {
    const focused = [...old.querySelectorAll("button, a")].indexOf(document.activeElement);
    old.replaceWith(item);
    if (focused >= 0) ([...item.querySelectorAll("button, a")].at(focused) ?? log).focus();
  } else {
    item.classList.add("new");
    list.append(item);
    const indicator = list.querySelector(".typing");
    if (indicator) list.append(indicator);
  }
  if (stick) toEnd();
}

function showMessage(id) {
  const item = list.querySelector(`[data-id="${id}"]`);
  if (!item) return;
  item.scrollIntoView({ block: "center", behavior: "smooth" });
  item.classList.remove("shown");
  requestAnimationFrame(() => item.classList.add("shown"));
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toEnd = () => { log.scrollTop = log.scrollHeight; };

// People

function drawPerson(chat) {
  const { person } = chat;
  const name = [person.first_name, person.last_name].filter(Boolean).join(" ");
  const face = make("span", { class: "face", "aria-hidden": "true" }, [...person.first_name][0]);
  face.style.setProperty("--hue", HUES[[...chats.keys()].indexOf(chat.id) % HUES.length]);
  const language = person.language_code?.split("-")[0] ?? "";
  chat.button = make(
    "button",
    { type: "button", class: "person", onclick: () => show(chat.id) },
    face,
    make("span", { class: "name" }, name),
    make("span", { class: "language", title: "Language of their Telegram" }, language),
    make("span", { class: "last" }),
    make("span", { class: "unread", hidden: "" }),
  );
  $("people").append(make("li", {}, chat.button));
  refreshPerson(chat);
}

function refreshPerson(chat) {
  const latest = [...chat.messages.values()].at(-1);
  chat.button.querySelector(".last").textContent = latest ? plain(latest).replaceAll("\n", " ") : "Not started yet";
  const badge = chat.button.querySelector(".unread");
  badge.hidden = !chat.unread;
  badge.replaceChildren(...(chat.unread ? [String(chat.unread), make("span", { class: "unseen" }, " unread")] : []));
  if (chat === open) chat.button.setAttribute("aria-current", "true");
  else chat.button.removeAttribute("aria-current");
  const unread = [...chats.values()].reduce((sum, { unread: count }) => sum + count, 0);
  document.title = `${unread ? `(${unread}) ` : ""}Feelback: a local Telegram`;
}

/** Open the chat of a person, and write as them from now on. */
function show(id) {
  const before = open;
  if (before) before.draft = text.value;
  open = chats.get(id);
  open.unread = 0;
  const { first_name: name } = open.person;
  location.replace(`#${name.toLowerCase()}`);
  $("as").replaceChildren("You are ", make("strong", {}, name));
  $("as").hidden = false;
  $("welcome-title").textContent = `Say hello as ${name}`;
  text.placeholder = `Message as ${name}`;
  text.setAttribute("aria-label", text.placeholder);
  text.value = open.draft;
  log.setAttribute("aria-live", "off"); // what is there already is not news
  list.replaceChildren(...[...open.messages.values()].map(drawMessage));
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  for (const chat of new Set([before, open])) if (chat) refreshPerson(chat);
  refreshAction();
  refreshComposer();
  toEnd();
  if (matchMedia("(hover: hover)").matches) text.focus();
}

// What the bot is doing, and what it says to a tap

function refreshAction() {
  const action = open.action && ACTIONS[open.action];
  $("status").textContent = action || "bot";
  $("status").classList.toggle("busy", Boolean(action));
  const stick = atEnd();
  list.querySelector(".typing")?.remove();
  if (action) {
    list.append(
      make("li", { class: "message theirs typing", "aria-hidden": "true" },
        make("div", { class: "bubble" }, make("i"), make("i"), make("i"))),
    );
    if (stick) toEnd();
  }
}

function setAction(chat, action) {
  clearTimeout(chat.actionTimer);
  chat.action = action;
  if (action) chat.actionTimer = setTimeout(() => setAction(chat, ""), ACTION_LASTS);
  if (chat === open) refreshAction();
}

function toast(words) {
  clearTimeout(toastTimer);
  $("toast").textContent = words;
  toastTimer = setTimeout(() => $("toast").replaceChildren(), TOAST_LASTS);
}

// What a person does

async function post(path, content) {
  let answer;
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(content),
    });
    answer = await response.json();
  } catch {
    answer = { ok: false, description: "The playground does not answer" };
  }
  if (!answer.ok) toast(answer.description);
  return answer;
}

async function send(words) {
  const chat = open;
  const answer = await post("api/messages", { chat: chat.id, text: words });
  return answer.ok;
}

async function tap(button, place) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await post("api/taps", place);
  if (!answer.ok) return button.removeAttribute("aria-busy");
  const id = answer.result.tap;
  pressed.set(id, button);
  if (answers.has(id)) settle(id, answers.get(id));
  else setTimeout(() => settle(id, {}), TAP_LASTS);
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

async function submit() {
  const words = text.value;
  if (!words.trim()) return;
  text.value = "";
  refreshComposer();
  if (!(await send(words)) && !text.value) text.value = words;
  refreshComposer();
}

// The composer and its menu of commands

function refreshComposer() {
  $("send").disabled = !text.value.trim();
  $("commands").hidden = !open.commands.length;
  $("welcome").hidden = open.messages.size > 0;
  const typed = text.value;
  if (typed.startsWith("/") && !typed.includes(" ")) openMenu(typed.slice(1));
  else closeMenu();
}

function openMenu(prefix) {
  const fitting = open.commands.filter(({ command }) => command.startsWith(prefix));
  const choose = (command) => {
    closeMenu();
    text.value = "";
    refreshComposer();
    text.focus();
    send(`/${command}`);
  };
  $("menu").replaceChildren(
    ...fitting.map(({ command, description }) =>
      make("button", { type: "button", onclick: () => choose(command) },
        make("b", {}, `/${command}`), make("span", {}, description))),
  );
  $("menu").hidden = !fitting.length;
  $("commands").setAttribute("aria-expanded", String(fitting.length > 0));
}

function closeMenu() {
  $("menu").hidden = true;
  $("commands").setAttribute("aria-expanded", "false");
}

$("commands").addEventListener("click", () => {
  if ($("menu").hidden) {
    openMenu("");
    $("menu").querySelector("button").focus();
  } else closeMenu();
});

$("menu").addEventListener("keydown", (event) => {
  const items = [...$("menu").children];
  const here = items.indexOf(document.activeElement);
  const there = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
  if (there === undefined) return;
  event.preventDefault();
  items[(there + items.length) % items.length].focus();
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
    $("menu").lastElementChild.focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("menu").hidden) {
    closeMenu();
    text.focus();
  }
});
document.addEventListener("pointerdown", (event) => {
  if (!$("composer").contains(event.target)) closeMenu();
});

$("start").addEventListener("click", () => {
  send("/start");
  text.focus();
});
$("latest").addEventListener("click", toEnd);
log.addEventListener("scroll", () => { $("latest").hidden = atEnd(); }, { passive: true });

// What the server tells

const tellings = {
  snapshot({ bot, chats: given }) {
    const before = new Map(chats);
    $("bot").textContent = bot.first_name;
    chats.clear();
    $("people").replaceChildren();
    for (const { id, kind, members, commands: menus, messages } of given) {
      if (kind !== "private") continue;
      const [person] = members;
      const commands = menus[person.id];
      const old = before.get(id);
      const known = old ? [...old.messages.keys()].at(-1) ?? 0 : Infinity;
      const unread = messages.filter((message) => message.from.is_bot && message.message_id > known).length;
      const byId = new Map(messages.map((message) => [message.message_id, message]));
      const draft = old === open && open ? text.value : old?.draft ?? "";
      chats.set(id, { id, person, commands, messages: byId, unread: (old?.unread ?? 0) + unread, draft, action: "" });
    }
    chats.forEach(drawPerson);
    const named = [...chats.values()].find(({ person }) => `#${person.first_name.toLowerCase()}` === location.hash);
    const next = (open ?? named ?? [...chats.values()][0]).id;
    open = null;
    show(next);
  },
  message({ chat: id, message }) {
    const chat = chats.get(id);
    const fresh = !chat.messages.has(message.message_id);
    chat.messages.set(message.message_id, message);
    if (fresh && message.from.is_bot) {
      setAction(chat, "");
      if (chat !== open) chat.unread += 1;
    }
    if (chat === open) {
      placeMessage(message);
      $("welcome").hidden = true;
    }
    refreshPerson(chat);
  },
  removed({ chat: id, message }) {
    const chat = chats.get(id);
    chat.messages.delete(message);
    if (chat === open) list.querySelector(`[data-id="${message}"]`)?.remove();
    refreshPerson(chat);
  },
  action({ chat, action }) {
    setAction(chats.get(chat), action);
  },
  answer(answer) {
    if (pressed.has(answer.tap)) settle(answer.tap, answer);
    else answers.set(answer.tap, answer);
  },
  commands({ commands }) {
    for (const [id, menus] of Object.entries(commands)) if (chats.has(Number(id))) chats.get(Number(id)).commands = menus[id];
    refreshComposer();
  },
};

const stream = new EventSource("api/events");
stream.addEventListener("message", (event) => {
  const told = JSON.parse(event.data);
  if (told.chat === undefined || chats.has(told.chat)) tellings[told.type]?.(told);
});
stream.addEventListener("error", () => {
  $("status").textContent = "not connected, trying again…";
});
window.addEventListener("hashchange", () => {
  const chat = [...chats.values()].find(({ person }) => `#${person.first_name.toLowerCase()}` === location.hash);
  if (chat && chat !== open) show(chat.id);
});
