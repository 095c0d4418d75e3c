// The inbox page: a list of phones and mailboxes, the messages of one of them, live by server-sent events.
// Texts come from anywhere, so they only ever become text nodes.

/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call,
   typescript/no-unsafe-member-access, typescript/no-unsafe-return -- a browser's script: it is served as it stands, without types */

const CHANNELS = { sms: 'Text message', voice: 'Phone call', email: 'E-mail' };
// 123456 · 123 456 · 123-456 · 1 2 3 4 5 6 · 1, 2, 3, 4, 5, 6; not the digits of a phone number, a date or an amount.
const CODE = /(?<![\w+.,:/-])(?:\d{3}[ -]\d{3}|\d(?:, ?\d| \d){3,9}|\d{4,10})(?![\w:/-]|[.,]\d)/g;
// What one phone shows at most; a page must not grow without end.
const MESSAGES_SHOWN_MAX = 500;
// As many as the server lists.
const ADDRESSES_SHOWN_MAX = 200;
const SEARCH_DELAY_MS = 150;

const byId = (id) => document.getElementById(id);
const app = byId('app');
const people = byId('people');
const messages = byId('messages');
const search = byId('search');

const state = { addresses: [], selected: undefined, unread: new Map(), shown: new Set(), loads: 0 };

// --- what is shown ---------------------------------------------------------------------------------------------

function showPeople() {
  // The rows are made anew: the keyboard stays where it was.
  const focused = people.contains(document.activeElement) ? document.activeElement.getAttribute('href') : undefined;
  people.replaceChildren(...state.addresses.map(personRow));
  if (focused) [...people.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  const hint = byId('people-hint');
  const searching = search.value.trim() !== '';
  hint.hidden = state.addresses.length > 0;
  hint.textContent = searching
    ? `No phone or mailbox here contains “${search.value.trim()}”.`
    : 'Phones and mailboxes appear here when something reaches them.';
}

function personRow({ to, last }) {
  const row = byId('person-template').content.cloneNode(true);
  const link = row.querySelector('a');
  const unread = state.unread.get(to) ?? 0;
  link.href = hashOf(to);
  if (to === state.selected) link.setAttribute('aria-current', 'true');
  link.querySelector('use').setAttribute('href', to.includes('@') ? '#icon-email' : '#icon-phone');
  link.querySelector('.person-to').textContent = to;
  link.querySelector('.person-last').textContent = preview(last);
  setTime(link.querySelector('time'), last.received_at, shortTime(last.received_at));
  const badge = link.querySelector('.unread');
  badge.hidden = unread === 0;
  badge.textContent = String(unread);
  if (unread > 0) badge.setAttribute('aria-label', `${unread} new`);
  return row;
}

function preview({ channel, text }) {
  const line = (channel === 'email' ? text.split('\n')[0] : text).replace(/\s+/g, ' ');
  return channel === 'voice' ? `Call: ${line}` : line;
}

function showPhone(list) {
  state.shown = new Set(list.map((message) => message.id));
  messages.replaceChildren(...list.slice(-MESSAGES_SHOWN_MAX).map(messageCard));
  countMessages();
  messages.scrollTop = messages.scrollHeight;
}

function addMessage(message) {
  if (state.shown.has(message.id)) return;
  state.shown.add(message.id);
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  const card = messageCard(message).firstElementChild;
  card.dataset.new = '';
  messages.append(card);
  while (messages.childElementCount > MESSAGES_SHOWN_MAX) messages.firstElementChild.remove();
  countMessages();
  // Whoever reads further up is left in peace.
  if (atEnd) messages.scrollTop = messages.scrollHeight;
}

function countMessages() {
  const count = state.shown.size;
  byId('phone-count').textContent = count === 1 ? '1 message' : `${count} messages`;
}

function messageCard(message) {
  const fragment = byId('message-template').content.cloneNode(true);
  const card = fragment.firstElementChild;
  card.dataset.channel = message.channel;
  card.querySelector('use').setAttribute('href', `#icon-${message.channel}`);
  card.querySelector('.channel span').textContent = CHANNELS[message.channel];
  card.querySelector('.provider').textContent = message.provider;
  setTime(card.querySelector('time'), message.received_at, exactTime(message.received_at));
  const { subject, text } = parts(message);
  const subjectLine = card.querySelector('.subject');
  subjectLine.hidden = subject === '';
  subjectLine.append(...withMarks(subject));
  card.querySelector('.text').append(...withMarks(text));
  const code = findCode(message.text);
  if (code !== undefined) offerCode(card.querySelector('.code'), code);
  return fragment;
}

// A mail's text is its subject, an empty line, and the rest.
function parts({ channel, text }) {
  const cut = channel === 'email' ? text.indexOf('\n\n') : -1;
  return cut < 0 ? { subject: '', text } : { subject: text.slice(0, cut), text: text.slice(cut + 2) };
}

function findCode(text) {
  const [first] = text.match(CODE) ?? [];
  return first?.replace(/\D/g, '');
}

function withMarks(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(CODE)) {
    const mark = document.createElement('mark');
    mark.textContent = match[0];
    nodes.push(text.slice(end, match.index), mark);
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)];
}

function offerCode(button, code) {
  button.hidden = false;
  button.querySelector('.digits').textContent = code;
  button.setAttribute('aria-label', `Copy the code ${[...code].join(' ')}`);
  button.addEventListener('click', async () => {
    const label = button.querySelector('.copy span');
    const icon = button.querySelector('use');
    try {
      await navigator.clipboard.writeText(code);
      label.textContent = 'Copied';
      icon.setAttribute('href', '#icon-done');
    } catch {
      // Browsers refuse the clipboard to pages that are neither local nor by https: then the code is selected instead.
      getSelection().selectAllChildren(button.querySelector('.digits'));
      label.textContent = 'Selected';
    }
    setTimeout(() => {
      label.textContent = 'Copy';
      icon.setAttribute('href', '#icon-copy');
    }, 1500);
  });
}

function showView() {
  const { selected } = state;
  const nothing = selected === undefined && state.addresses.length === 0 && search.value.trim() === '';
  app.dataset.view = selected !== undefined ? 'phone' : nothing ? 'nothing' : 'list';
  byId('phone-bar').hidden = selected === undefined;
  messages.hidden = selected === undefined;
  byId('empty').hidden = selected !== undefined;
  byId('empty-steps').hidden = !nothing;
  byId('empty-small').hidden = !nothing;
  byId('empty-title').textContent = nothing ? 'Nothing has arrived yet' : 'Pick a phone or a mailbox';
  byId('empty-text').textContent = nothing
    ? 'Start a verification: the simulated networks carry its texts, calls and mails, and they show up here the moment they arrive. No reload needed.'
    : 'Its texts, the words of its calls and its mails are shown here.';
  byId('phone-title').textContent = selected ?? '';
  document.title = `${selected ?? 'Inbox'} · Watchword carrier simulator`;
}

function setTime(element, iso, text) {
  element.dateTime = iso;
  element.title = new Date(iso).toLocaleString();
  element.textContent = text;
}

function exactTime(iso) {
  const time = new Date(iso);
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return isToday(time) ? clock : `${time.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${clock}`;
}

function shortTime(iso) {
  const time = new Date(iso);
  return isToday(time)
    ? time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : time.toLocaleDateString([], { day: 'numeric', month: 'short' });
}

const isToday = (time) => time.toDateString() === new Date().toDateString();

// --- what is loaded --------------------------------------------------------------------------------------------

async function loadJson(query) {
  const response = await fetch(`inbox?${new URLSearchParams(query)}`, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function loadPeople() {
  state.loads += 1;
  const load = state.loads;
  const { addresses } = await loadJson({ q: search.value });
  // An answer that a newer question has overtaken says nothing any more.
  if (load !== state.loads) return;
  state.addresses = addresses;
  showPeople();
  showView();
}

async function loadPhone() {
  const { selected } = state;
  if (selected === undefined) return;
  const { messages: list } = await loadJson({ to: selected });
  if (selected === state.selected) showPhone(list);
}

const report = (error) => setLive('lost', `No answer (${error.message})`);

// --- what happens ----------------------------------------------------------------------------------------------

const hashOf = (to) => `#${encodeURIComponent(to)}`;
const isWide = () => matchMedia('(min-width: 46.01rem)').matches;

function readHash() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || undefined;
  } catch {
    // Somebody typed a lone percent sign.
    return undefined;
  }
}

function follow() {
  state.selected = readHash();
  state.unread.delete(state.selected);
  messages.replaceChildren();
  state.shown = new Set();
  showPeople();
  showView();
  loadPhone().catch(report);
}

// On a wide page a phone is open from the start; on a narrow one it would hide the list.
function openFirst() {
  const [first] = state.addresses;
  if (state.selected === undefined && first && isWide()) location.replace(hashOf(first.to));
}

function arrive(message) {
  if (message.to === state.selected) addMessage(message);
  else state.unread.set(message.to, (state.unread.get(message.to) ?? 0) + 1);
  const known = state.addresses.find(({ to }) => to === message.to);
  if (message.to.includes(search.value.trim().toLowerCase())) {
    const others = state.addresses.filter((address) => address !== known);
    const newest = { to: message.to, count: (known?.count ?? 0) + 1, last: message };
    state.addresses = [newest, ...others].slice(0, ADDRESSES_SHOWN_MAX);
  }
  showSoon();
}

// At most once a frame, however much arrives.
let frame;
function showSoon() {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    showPeople();
    showView();
    openFirst();
  });
}

function forgetAll() {
  state.addresses = [];
  state.unread.clear();
  messages.replaceChildren();
  state.shown = new Set();
  if (location.hash === '') follow();
  else location.hash = '';
}

function setLive(kind, text) {
  byId('live').dataset.state = kind;
  byId('live-text').textContent = text;
}

function watch() {
  const events = new EventSource('inbox/events');
  events.addEventListener('open', () => {
    setLive('live', 'Live');
    // Something may have arrived while nobody listened.
    Promise.all([loadPeople(), loadPhone()]).then(openFirst, report);
  });
  events.addEventListener('message', (event) => arrive(JSON.parse(event.data)));
  events.addEventListener('cleared', forgetAll);
  events.addEventListener('error', () => setLive('lost', 'Connection lost, trying again'));
}

let searchTimer;
search.addEventListener('input', () => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => loadPeople().catch(report), SEARCH_DELAY_MS);
});
byId('search-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const [first] = state.addresses;
  if (first) location.hash = hashOf(first.to);
});
addEventListener('hashchange', () => {
  follow();
  // The list with the focused link is gone: readers are told where they are now.
  if (state.selected !== undefined && !isWide()) byId('phone-title').focus();
});

follow();
watch();
