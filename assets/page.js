// Makes pages live. Every page works without it: it only keeps numbers up to date, counts down to the opening, and sends
// forms without leaving the page.

const page = document.documentElement;
const numbers = new Intl.NumberFormat(page.lang);

// How many places are taken and open: the event's stream tells each newer state.
const event = () => document.querySelector("[data-follow]");
function follow(address) {
  const source = new EventSource(address);
  const followed = () => document.querySelector(`[data-follow="${address}"]`);
  let isFirst = true;
  source.addEventListener("open", () => (isFirst = true));
  // Own answers, each as of which seq.
  const mine = () => new Map(followed()?.dataset.mine?.split(" ").map((one) => one.split("=")));
  // Something became of one's own answer: the card is asked for anew.
  source.addEventListener("response", (message) => {
    const { registration_id, seq } = JSON.parse(message.data);
    if (seq > Number(mine().get(registration_id) ?? Infinity)) renew(followed().id);
  });
  source.addEventListener("availability", (message) => {
    const state = JSON.parse(message.data);
    const article = followed();
    if (!article || state.seq < Number(article.dataset.seq)) return;
    // What became of it between the page and its stream was not told.
    if (isFirst && [...mine().values()].some((seq) => state.seq > Number(seq))) renew(article.id);
    isFirst = false;
    article.dataset.seq = state.seq;
    const words = JSON.parse(article.closest("[data-words]").dataset.words);
    for (const role of state.roles) {
      for (const places of article.querySelectorAll(`[data-places="${role.id}"]`)) show(places, role, words);
    }
    if (state.sign_up === "open") open(article);
    tellPlaces();
  });
}

// Whoever has the page read out is told of new numbers too: of those that are others than what was told last, every 15
// seconds at most.
const TELL_EVERY_MS = 15000;
const told = { line: null, places: new Map(), at: -Infinity, isDue: false };
const inWords = (places) => {
  const name = places.closest(".card")?.querySelector("label, h3");
  const parts = [name, ...places.querySelectorAll("[data-part]:not([hidden])")];
  return parts.filter(Boolean).map((part) => part.textContent).join(", ");
};
function listen(article) {
  told.line ??= document.body.appendChild(document.createElement("p"));
  told.line.className = "visually-hidden";
  told.line.setAttribute("role", "status");
  article.querySelectorAll("[data-places]").forEach((places) => told.places.set(places.dataset.places, inWords(places)));
}
function tellPlaces() {
  if (told.isDue) return;
  told.isDue = true;
  setTimeout(() => {
    told.isDue = false;
    const article = document.querySelector(".event[data-follow]");
    if (!article) return;
    const isNew = (places) => told.places.get(places.dataset.places) !== inWords(places);
    const changed = [...article.querySelectorAll("[data-places]")].filter(isNew);
    if (changed.length === 0) return;
    told.at = performance.now();
    told.line.textContent = changed.map(inWords).join(". ");
    listen(article);
  }, Math.max(0, told.at + TELL_EVERY_MS - performance.now()));
}

// A part of the page as it is by now; later, if somebody is about to press something in it, or waits for an answer. Of
// several attempts the last one counts.
const renewals = new Map();
async function renew(id) {
  const turn = (renewals.get(id) ?? 0) + 1;
  renewals.set(id, turn);
  const isLast = () => renewals.get(id) === turn;
  const again = (milliseconds) => setTimeout(() => isLast() && renew(id), milliseconds);
  const part = document.getElementById(id);
  const isHeld = () => part.contains(document.activeElement) && document.activeElement.matches("a, button, input, summary");
  const isInUse = () => isHeld() || document.querySelector("form[data-busy]");
  if (!part) return;
  if (isInUse()) return again(1000);
  try {
    const answer = await fetch(location.pathname);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    if (!fresh || !isLast()) return;
    if (!part.isConnected || isInUse()) return again(1000);
    part.replaceWith(fresh);
  } catch {
    again(15000);
  }
}

function show(places, role, words) {
  const bar = places.querySelector(".bar");
  if (bar && role.capacity !== null) {
    bar.max = Math.max(role.capacity, 1);
    bar.value = Math.min(role.reserved, role.capacity);
    bar.toggleAttribute("data-full", role.capacity <= role.reserved);
  }
  const say = (part, kind, count) => {
    const line = places.querySelector(`[data-part="${part}"]`);
    const text = count === null ? line?.textContent : wording(words[kind], count, role);
    if (line && line.textContent !== text) line.textContent = text;
    return line;
  };
  say("taken", role.capacity === null ? "taken-unlimited" : "taken", role.reserved);
  say("open", role.open_now === 0 && role.free > 0 ? "kept" : "open", role.open_now);
  const waiting = say("waiting", "waiting", role.waiting);
  if (waiting) waiting.hidden = role.waiting === 0;
}

// Texts for numbers are chosen by the plural rules of the language, as the server does it.
const plurals = new Intl.PluralRules(page.lang);
function wording(forms, count, role) {
  const filled = { taken: role.reserved, capacity: role.capacity, open: role.open_now, waiting: role.waiting };
  const text = forms[String(count)] ?? forms[plurals.select(count)] ?? forms.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => numbers.format(filled[name]));
}

// Before the opening: a countdown by the server's clock, and a button that works at the second.
function count(line) {
  const ahead = Date.parse(line.dataset.now) - Date.now();
  const opensAt = Date.parse(line.dataset.opensAt);
  const article = line.closest("article");
  const button = article.querySelector("[data-at-opening]");
  if (button) button.setAttribute("aria-disabled", "true");
  const shown = line.querySelector(".countdown");
  const tick = () => {
    const left = opensAt - (Date.now() + ahead);
    if (left <= 0) return open(article);
    shown.textContent = line.dataset.left.replace("{left}", clock(left));
    setTimeout(tick, left % 1000 || 1000);
  };
  tick();
}

function clock(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const rest = `${two(Math.floor((seconds % 86400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  const named = new Intl.NumberFormat(page.lang, { style: "unit", unit: "day", unitDisplay: "long" });
  return days > 0 ? `${named.format(days)} ${rest}` : rest;
}

function open(article) {
  article.querySelectorAll("[data-at-opening]").forEach((button) => button.removeAttribute("aria-disabled"));
  article.querySelectorAll(".opens, .early").forEach((line) => (line.hidden = true));
}

// Forms that are answered in place. Without an answer the same attempt is sent again, with its key, when the button is
// pressed once more.
async function send(submit) {
  const form = submit.target;
  const button = submit.submitter;
  if (button?.getAttribute("aria-disabled") === "true") return submit.preventDefault();
  if (form.dataset.busy) return submit.preventDefault();
  form.dataset.busy = "true";
  button?.setAttribute("aria-busy", "true");
  if (!("inPlace" in form.dataset)) return;
  submit.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)) });
    // A page that stays as it is, but for what was pressed.
    const stays = form.dataset.inPlace === "stay" && new URL(answer.url).pathname.startsWith(location.pathname);
    if (answer.redirected && !stays) return location.assign(answer.url);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    begin();
    if (stays) return attend(form.closest("[id]")?.id);
    document.querySelector("[role=alert], .sign-up .notice, h1")?.scrollIntoView({ block: "nearest" });
    document.querySelector("[aria-invalid]")?.focus();
  } catch {
    let line = form.querySelector(".lost");
    if (!line) {
      line = document.createElement("p");
      line.className = "notice wait lost";
      line.setAttribute("role", "alert");
      const title = form.querySelector("h2");
      title ? title.after(line) : form.append(line);
    }
    line.textContent = form.dataset.lost;
  } finally {
    delete form.dataset.busy;
    button?.removeAttribute("aria-busy");
  }
}

// Leads to what was said, or to the part where it was pressed.
function attend(id) {
  const part = document.getElementById(id) ?? document.querySelector("h1");
  const said = part.querySelector("[role=alert], [role=status]") ?? part;
  said.tabIndex = -1;
  said.focus();
}

// Times in the visitor's own zone, where that is another one.
function own(time) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const at = new Date(time.dateTime);
  const there = { timeZone: time.dataset.zone, dateStyle: "short", timeStyle: "short" };
  // As everywhere on the page: the day before the month, and hours up to 24.
  const said = (options) => new Intl.DateTimeFormat(`${page.lang}-001`, { hourCycle: "h23", ...options }).format(at);
  const yours = event()?.dataset.yours;
  if (!yours) return;
  try {
    if (said(there) === said({ ...there, timeZone: zone })) return;
  } catch {
    return;
  }
  const line = document.createElement("span");
  line.className = "quiet yours";
  const text = said({ weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: zone });
  line.textContent = yours.replace("{time}", text);
  time.closest("dd").append(line);
}

// The roster follows what is answered, and how many places there are. Nothing moves under the focus, or while somebody is
// ticked: then it says that there is news.
const roster = () => document.querySelector("[data-roster]");
const isRosterInUse = () => roster().querySelector("input:checked") || roster().contains(document.activeElement);
function followRoster(address) {
  const source = new EventSource(address);
  let newest = 0;
  let news = 0;
  let waiting = false;
  let saidAt = -Infinity;
  const look = async () => {
    waiting = false;
    if (newest <= Number(roster().dataset.seq)) return (news = 0);
    if (!isRosterInUse()) {
      const seen = news;
      if (!(await refresh(isRosterInUse))) return later(15000);
      return (news -= seen);
    }
    // Whoever has it read out is told every 15 seconds at most.
    const rest = saidAt + 15000 - performance.now();
    if (rest <= 0 && news > 0) {
      saidAt = performance.now();
      tell(news, () => (news = 0));
    }
    later(Math.max(rest, 1000));
  };
  const later = (milliseconds) => {
    if (!waiting) setTimeout(look, milliseconds);
    waiting = true;
  };
  const hear = (message, count) => {
    const { seq } = JSON.parse(message.data);
    if (seq <= Number(roster().dataset.seq)) return;
    newest = Math.max(newest, seq);
    news += count;
    later(1000);
  };
  source.addEventListener("response", (message) => hear(message, 1));
  source.addEventListener("availability", (message) => hear(message, 0));
}

// Shows the roster as it is by now; tells whether it could.
async function refresh(isUnwanted) {
  const answer = await fetch(location.href).catch(() => null);
  const text = await answer?.text().catch(() => null);
  const fresh = text && new DOMParser().parseFromString(text, "text/html").querySelector("[data-roster]");
  if (!fresh || !answer.ok || isUnwanted()) return false;
  document.querySelector(".news")?.remove();
  roster().replaceWith(fresh);
  return true;
}

function tell(news, shown) {
  let line = document.querySelector(".news");
  if (!line) {
    line = document.createElement("p");
    line.className = "news notice plain";
    line.setAttribute("role", "status");
    const show = document.createElement("button");
    show.type = "button";
    show.className = "link";
    show.textContent = roster().dataset.show;
    show.addEventListener("click", () => {
      shown();
      refresh(() => false);
    });
    line.append(document.createElement("span"), show);
    roster().before(line);
  }
  const forms = JSON.parse(roster().dataset.news);
  const text = forms[String(news)] ?? forms[plurals.select(news)] ?? forms.other;
  const said = text.replace("{count}", numbers.format(news));
  if (line.firstChild.textContent !== said) line.firstChild.textContent = said;
}

// Mail that waits: until when it can be held back.
function countMail(line) {
  const goesAt = performance.now() + Number(line.dataset.goesIn);
  const said = line.querySelector("span");
  const tick = () => {
    const left = goesAt - performance.now();
    if (left <= 0) return (line.textContent = line.dataset.gone);
    said.textContent = line.dataset.left.replace("{seconds}", numbers.format(Math.ceil(left / 1000)));
    setTimeout(tick, left % 1000 || 1000);
  };
  tick();
}

// What the browser knows: its time zone. A link that is to be handed on is copied by a press.
function help() {
  const zone = document.querySelector("[data-guess=zone]");
  if (zone && zone.value === zone.defaultValue) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || zone.value;
  document.querySelectorAll("[data-copy]").forEach((link) =>
    link.addEventListener("click", async () => {
      link.select();
      await navigator.clipboard?.writeText(link.value);
      link.nextElementSibling.textContent = link.dataset.copy;
    }),
  );
}

function begin() {
  help();
  document.querySelectorAll(".event[data-follow]").forEach(listen);
  document.querySelectorAll("[data-opens-at]").forEach(count);
  document.querySelectorAll(".facts time[data-zone]").forEach(own);
  document.querySelectorAll("[data-goes-in]").forEach(countMail);
}

document.addEventListener("submit", send);
// A page that comes back from the browser's memory is no longer busy.
addEventListener("pageshow", () => document.querySelectorAll("[data-busy]").forEach((form) => {
  delete form.dataset.busy;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}));
begin();
document.querySelectorAll("[data-follow]").forEach((one) => follow(one.dataset.follow));
if (roster()) followRoster(roster().dataset.roster);
