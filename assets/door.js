// The door. Everybody is known here after one look, so people are found without a network; what is pressed is kept on this
// phone, each with its key, until it is answered. Without this script the same forms are sent one by one.

const door = document.querySelector("[data-door]");
const board = document.querySelector("[data-renew]");

const RETRY_MS = 2_000;
const RETRY_MS_MAX = 60_000;
const ANSWER_MS_MAX = 15_000;
const LIST_EVERY_MS = 15_000;
const BOARD_EVERY_MS = 1_000;
const FOUND_MAX = 30;

const page = document.documentElement;
const numbers = new Intl.NumberFormat(page.lang);
const plurals = new Intl.PluralRules(page.lang);

// Calls `renew` whenever something has happened at the event, but not more often than every so many milliseconds.
function follow(address, every, renew) {
  let due = null;
  let last = 0;
  new EventSource(address).addEventListener("availability", () => {
    due ??= setTimeout(() => {
      due = null;
      last = Date.now();
      renew();
    }, Math.max(0, last + every - Date.now()));
  });
}

async function renewBoard() {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-renew]");
    if (fresh) board.replaceChildren(...fresh.childNodes);
  } catch {
    // The next message brings it.
  }
}

function start() {
  const told = JSON.parse(door.dataset.door);
  const result = door.querySelector(".result");
  const list = door.querySelector(".found");
  const search = door.querySelector(".door-search");
  const input = search.querySelector("input");
  const people = new Map();
  const kept = `headcount-door-${told.event}`;
  // Whether the last attempt to reach the server failed.
  let isLost = false;
  let isSending = false;
  let retryMs = RETRY_MS;
  // How many taps were answered: a list that was asked for before the last of them may not know of it.
  let answered = 0;

  // What was pressed and is not answered yet, in order. Always as it is stored: another tab may have pressed too.
  const taps = () => JSON.parse(localStorage.getItem(kept) ?? "[]");
  const keep = (all) => localStorage.setItem(kept, JSON.stringify(all));

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  // A text that goes by a number, by the plural rules of the language.
  const count = (forms, name, number) =>
    fill(forms[String(number)] ?? forms[plurals.select(number)] ?? forms.other, { [name]: numbers.format(number) });

  // Somebody as they will be once what was pressed has arrived.
  function present(person) {
    const own = taps().filter((tap) => tap.id === person.id);
    const sum = (here, tap) => (tap.do === "undo" ? Math.max(0, here - tap.count) : Math.min(person.spots, here + tap.count));
    return { ...person, here: own.reduce(sum, person.here), isQueued: own.length > 0 };
  }

  function verdict(person, isPressed) {
    if (told.cancelled) return "event_cancelled";
    if (person.status !== "confirmed") return person.status === "declined" ? "cancelled" : person.status;
    if (person.isQueued) return "queued";
    if (person.here === 0) return "come_in";
    if (person.here < person.spots) return "part_is_in";
    return isPressed ? "welcome" : "all_are_in";
  }

  function show(id, { isPressed = false, problem = null } = {}) {
    const person = present(people.get(id));
    const code = verdict(person, isPressed);
    const said = told.verdicts[code];
    const part = (name, text) => {
      const line = result.querySelector(`[data-part="${name}"]`);
      if (line) line.textContent = text;
    };
    result.className = `result ${problem ? "bad" : said.tone}`;
    result.dataset.id = id;
    result.querySelector(".sign").textContent = problem || said.tone === "bad" ? "✕" : said.sign;
    part("title", problem ? told.refused : fill(said.title, person));
    part("name", person.name);
    part("role", person.role);
    part("party", count(told.parties, "spots", person.spots));
    part("advice", problem ? `${problem} ${fill(said.title, person)}.` : code === "queued" && !isLost ? "…" : fill(said.advice, person));
    result.querySelectorAll(".person, .party").forEach((line) => (line.hidden = false));
    buttons(person);
    result.hidden = false;
  }

  function buttons(person) {
    const hasPlace = person.status === "confirmed" && !told.cancelled;
    const left = person.spots - person.here;
    const set = (name, count, isShown) => {
      const form = result.querySelector(`[data-tap="${name}"]`);
      form.hidden = !(hasPlace && isShown);
      form.action = `${told.path}/${person.id}`;
      form.elements.count.value = count;
      return form;
    };
    const rest = set("rest", left, left > 0);
    rest.querySelector("button").textContent = person.spots > 1 ? count(told.rest, "left", left) : told.single;
    set("one", 1, left > 1);
    set("less", 1, person.here > 1);
    set("none", person.here, person.here > 0);
  }

  // Marks above letters and upper case make no difference.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function draw() {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const matches = (person) => words.every((word) => fold(person.name).includes(word));
    const found = words.length === 0 ? [] : [...people.values()].filter(matches).slice(0, FOUND_MAX);
    if (people.size > 0) {
      list.replaceChildren(...found.map(line));
      door.querySelector(".none").hidden = words.length === 0 || found.length > 0 || input.value.includes("/door/");
    }
    const waiting = taps().length;
    const queue = door.querySelector(".queue");
    queue.hidden = !isLost || waiting === 0;
    queue.querySelector("p").textContent = count(told.queue, "taps", waiting);
  }

  function line(known) {
    const person = present(known);
    const said = told.verdicts[verdict(person, false)];
    const item = document.createElement("li");
    const add = (tag, text, kind = "") => {
      const part = document.createElement(tag);
      part.className = kind;
      part.textContent = text;
      item.append(part);
      return part;
    };
    const link = add("a", "");
    link.href = `${told.path}/${person.id}`;
    link.dataset.id = person.id;
    const name = document.createElement("bdi");
    name.textContent = person.name;
    link.append(name);
    if (told.roles) add("bdi", person.role, "quiet");
    add("span", fill(said.title, person), `chip ${said.tone}`);
    return item;
  }

  async function load() {
    const before = answered;
    try {
      const answer = await fetch(`${told.path}/people`, { headers: { accept: "application/json" } });
      if (!answer.ok) return;
      const fresh = await answer.json();
      if (answered !== before) return load();
      people.clear();
      fresh.people.forEach((person) => people.set(person.id, person));
      const values = { here: numbers.format(fresh.numbers.here), expected: numbers.format(fresh.numbers.expected) };
      door.querySelector(".door-numbers a").textContent = fill(told.numbers, values);
      draw();
    } catch {
      // What was known stays known.
    }
  }

  // Sends what was pressed, one after the other, each until it is answered.
  async function send() {
    if (isSending) return;
    isSending = true;
    try {
      for (let tap = taps()[0]; tap; tap = taps()[0]) {
        const answer = await fetch(`${told.path}/${tap.id}`, {
          method: "POST",
          headers: { accept: "application/json" },
          body: new URLSearchParams({ do: tap.do, count: tap.count, key: tap.key }),
          signal: AbortSignal.timeout(ANSWER_MS_MAX),
        });
        if (answer.status >= 500 || [408, 429].includes(answer.status)) throw new Error("no answer yet");
        // Whoever may not stand here any more is shown a page. What was pressed is kept for the next door link.
        if (!answer.headers.get("content-type")?.startsWith("application/json")) return location.assign(told.path);
        const { person, problem } = await answer.json();
        isLost = false;
        retryMs = RETRY_MS;
        keep(taps().filter((other) => other.key !== tap.key));
        answered += 1;
        if (person) people.set(person.id, person);
        if (result.dataset.id === tap.id && people.has(tap.id)) show(tap.id, { isPressed: true, problem });
        else if (problem) refuse(tap, problem);
        draw();
      }
    } catch {
      isLost = true;
      if (people.has(result.dataset.id)) show(result.dataset.id, { isPressed: true });
      setTimeout(send, retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    } finally {
      isSending = false;
      draw();
    }
  }

  // Something that was pressed for somebody else meanwhile was not taken.
  function refuse(tap, problem) {
    const box = door.querySelector(".refused-later");
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = tap.name;
    item.append(name, `: ${problem}`);
    box.querySelector("ul").append(item);
    box.hidden = false;
  }

  function press(submit) {
    const id = result.dataset.id;
    const person = people.get(id);
    if (!person) return;
    const sent = new FormData(submit.target, submit.submitter);
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    keep([...taps(), { id, name: person.name, do: sent.get("do"), count: Number(sent.get("count")), key }]);
    // Kept: from here on nothing is lost.
    submit.preventDefault();
    submit.stopPropagation();
    show(id, { isPressed: true });
    result.focus();
    draw();
    send();
  }

  function open(id) {
    show(id);
    history.pushState(null, "", `${told.path}/${id}`);
    result.focus();
    result.scrollIntoView({ block: "nearest" });
  }

  // The address in a code, typed by a scanner, or a name.
  function look(submit) {
    const scanned = input.value.trim().split(`/door/${told.event}/`)[1];
    const only = list.querySelectorAll("a[data-id]");
    const id = scanned ?? (only.length === 1 ? only[0].dataset.id : undefined);
    const isElsewhere = input.value.includes("/door/") && !people.has(scanned);
    if (isElsewhere || people.size === 0) return;
    submit.preventDefault();
    submit.stopPropagation();
    if (people.has(id)) open(id);
    if (scanned) input.value = "";
    draw();
  }

  if (told.person) people.set(told.person.id, told.person);
  result.addEventListener("submit", press);
  search.addEventListener("submit", look);
  input.addEventListener("input", draw);
  list.addEventListener("click", (click) => {
    const id = click.target.closest("a")?.href.split("/").pop();
    if (!people.has(id) || click.ctrlKey || click.metaKey) return;
    click.preventDefault();
    open(id);
  });
  addEventListener("popstate", () => {
    const id = location.pathname.split("/").pop();
    if (people.has(id)) show(id);
    else result.hidden = true;
  });
  addEventListener("online", send);
  addEventListener("storage", draw);
  load();
  send();
  follow(`${told.path}/stream`, LIST_EVERY_MS, load);
}

if (board) follow(board.dataset.renew, BOARD_EVERY_MS, renewBoard);
if (door) start();
