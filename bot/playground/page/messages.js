// Messages as they are seen. Texts become text nodes and elements made here, never markup.

import { drawing, make } from "./dom.js";
import { say } from "./words.js";

export const HUES = [262, 200, 150, 340, 28];
const LINKS = /^(https?|mailto|tel):/i;
const BLOCKS = { pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };
const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", ...BLOCKS };

/** A text with its entities as nodes. Offsets are UTF-16 code units, as those of JavaScript's strings. */
function rich(string, entities, send, from = 0, to = string.length) {
  const fragment = document.createDocumentFragment();
  const rest = [...entities];
  while (rest.length) {
    const entity = rest.shift();
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < from || entity.offset >= to) continue;
    const inner = [];
    while (rest.length && rest[0].offset < end) inner.push(rest.shift());
    fragment.append(string.slice(from, entity.offset));
    fragment.append(mark(entity, string.slice(entity.offset, end), rich(string, inner, send, entity.offset, end), send));
    from = entity.type in BLOCKS && string[end] === "\n" ? end + 1 : end; // a block ends its line itself
  }
  fragment.append(string.slice(from, to));
  return fragment;
}

function mark(entity, string, content, send) {
  switch (entity.type) {
    case "text_link":
    case "url":
    case "email": {
      const address = entity.type === "email" ? `mailto:${string}` : entity.url ?? string;
      if (!LINKS.test(address)) return content;
      return make("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, content);
    }
    case "bot_command": {
      const press = (event) => {
        event.preventDefault();
        send(string);
      };
      return make("a", { href: "#", class: "command", onclick: press }, content);
    }
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

export const fullName = (person) => [person.first_name, person.last_name].filter(Boolean).join(" ");
const senderOf = (message) => message.sender_chat?.title ?? message.from.first_name;

/** What a message says, in one line. */
export function plain(message) {
  const kind = ["photo", "voice", "video", "sticker"].find((name) => message[name]);
  const words = message.text ?? message.caption ?? (kind ? say(kind) : message.document?.file_name ?? "");
  return words.replaceAll("\n", " ");
}

export function fileSize(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

/**
 * Draw a message. `scene` says who looks on (`me`, an id), in which `chat`, and what can be done: `send`, `tap`, `goTo`,
 * `more`, `react`.
 */
export function drawMessage(message, scene) {
  const mine = message.author === scene.me;
  const sender = senderOf(message);
  const named = !mine && scene.chat.kind !== "private";
  const bubble = make("div", { class: "bubble" });
  if (named) bubble.append(drawName(message, sender, scene));
  else bubble.append(make("span", { class: "unseen" }, `${sender}: `));
  if (message.forward_origin) bubble.append(drawNote(say("forwarded", { name: originOf(message.forward_origin) })));
  if (message.via_bot) bubble.append(drawNote(say("via", { name: message.via_bot.username })));
  if (message.reply_to_message) bubble.append(drawQuote(message, scene));
  bubble.append(...drawMedia(message, sender));
  const body = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities ?? [];
  if (body) bubble.append(make("span", { class: "body" }, rich(body, entities, scene.send)));
  if (RIGHT_TO_LEFT.test(body ?? "")) bubble.dir = "rtl";
  bubble.append(drawMeta(message));
  if (message.reactions.length) bubble.append(drawReactions(message, scene));
  const more = make("button", { type: "button", class: "more", "aria-label": say("more"), title: say("more") }, drawing("M5 12h.01M12 12h.01M19 12h.01"));
  more.addEventListener("mousedown", (event) => event.preventDefault()); // what is marked stays so
  more.addEventListener("click", () => scene.more(more, message));
  const item = make("li", { class: `message ${mine ? "mine" : "theirs"}`, "data-id": message.message_id }, bubble, more);
  if (message.reply_markup) item.append(drawKeyboard(message, scene));
  return item;
}

function drawName(message, sender, scene) {
  const name = make("b", { class: "sender" }, sender);
  const place = scene.chat.members.findIndex(({ id }) => id === message.author);
  name.style.setProperty("--hue", HUES[Math.max(place, 0) % HUES.length]);
  return name;
}

function originOf({ sender_user, sender_user_name, sender_chat, chat }) {
  return sender_user ? fullName(sender_user) : sender_user_name ?? (sender_chat ?? chat).title;
}

const drawNote = (words) => make("span", { class: "note" }, words);

function drawMeta(message) {
  const date = new Date(message.date * 1000);
  const shown = date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  const time = make("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
  return make("span", { class: "meta" }, message.edit_date ? `${say("edited")} ` : "", time);
}

function drawQuote(message, scene) {
  const original = message.reply_to_message;
  return make(
    "button",
    { type: "button", class: "quote", onclick: () => scene.goTo(original.message_id) },
    make("b", {}, senderOf(original)),
    make("span", { dir: "auto" }, message.quote ? `“${message.quote.text}”` : plain(original)),
  );
}

function drawMedia(message, sender) {
  const { photo, document: file, voice, video, sticker } = message;
  if (photo) return [drawPhoto(photo.at(-1), say("photo-from", { name: sender }))];
  if (file) return [drawFile(file, file.file_name)];
  if (voice) return [drawFile(voice, say("voice"), "M12 4a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3ZM6 12a6 6 0 0 0 12 0M12 18v2")];
  if (video) return [drawFile(video, say("video"), "M8 5v14l11-7Z")];
  return sticker ? [make("span", { class: "sticker", role: "img", "aria-label": say("sticker") }, sticker.emoji)] : [];
}

function drawPhoto(photo, words) {
  const address = `api/files/${photo.file_id}`;
  const image = make("img", { src: address, alt: words, width: photo.width, height: photo.height });
  return make("a", { class: "photo", href: address, target: "_blank" }, image);
}

function drawFile(file, name, path = "M12 4v12m-5-5 5 5 5-5M5 20h14") {
  return make(
    "a",
    { class: "document", href: `api/files/${file.file_id}`, download: file.file_name ?? "" },
    drawing(path),
    make("span", {}, name, make("small", {}, fileSize(file.file_size))),
  );
}

function drawReactions(message, scene) {
  const byEmoji = Map.groupBy(message.reactions, ([, emoji]) => emoji);
  const chips = [...byEmoji].map(([emoji, reactions]) => {
    const people = reactions.map(([id]) => scene.chat.members.find((member) => member.id === id)?.first_name ?? "Feelback");
    const mine = reactions.some(([id]) => id === scene.me);
    const press = () => scene.react(message, mine ? "" : emoji);
    const label = say("reacted", { names: people.join(", "), emoji });
    const count = reactions.length > 1 ? ` ${reactions.length}` : "";
    return make("button", { type: "button", "aria-pressed": String(mine), "aria-label": label, title: label, onclick: press }, emoji + count);
  });
  return make("div", { class: "reactions" }, ...chips);
}

function drawKeyboard(message, scene) {
  const rows = message.reply_markup.inline_keyboard.map((buttons, row) =>
    make("div", { class: "row" }, ...buttons.map((button, column) => drawButton(message, button, row, column, scene))),
  );
  return make("div", { class: "keyboard", role: "group", "aria-label": say("answers") }, ...rows);
}

function drawButton(message, button, row, column, scene) {
  if (button.url && LINKS.test(button.url)) {
    return make("a", { href: button.url, target: "_blank", rel: "noreferrer noopener" }, button.text);
  }
  const works = button.callback_data !== undefined;
  const press = (event) => scene.tap(event.currentTarget, { message: message.message_id, row, column });
  const place = { "data-place": `${row}:${column}` };
  return make("button", { type: "button", disabled: works ? null : "", onclick: press, ...place }, button.text);
}

export function drawTyping() {
  return make(
    "li",
    { class: "message theirs typing", "aria-hidden": "true" },
    make("div", { class: "bubble" }, make("i"), make("i"), make("i")),
  );
}
