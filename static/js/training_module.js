/* A training module: one step a screen, marked on the server. */

function MigrEmpowerTrainingModule(runtime, element) {
  'use strict';
  if (!window.MigrEmpower) { setTimeout(MigrEmpowerTrainingModule, 99, runtime, element); return; }
  var page = MigrEmpower.page(runtime, element, MigrEmpowerTrainingModule, arguments[2]);
  if (!page) { return; }
  var args = page.args, words = page.words, make = page.make, button = page.button;
  var store = null, current = -1, done = [], ticks = 0, asked = '';

  /* ---- replies ---- */

  function each(section, selector, action) { return Array.from(section.querySelectorAll(selector), action); }
  function path(section) { return each(section, '.mige-said', said => said.dataset.name); }
  var chosen = {
    read: section => each(section, 'input:checked', input => input.value),
    write: (section, reply) => { each(section, 'input', input => { input.checked = reply.includes(input.value); }); }
  };
  var named = {
    read: section => {
      var found = {};
      each(section, '[data-name]', field => { if (field.value.trim()) { found[field.dataset.name] = field.value; } });
      return found;
    },
    write: (section, reply) => {
      each(section, '[data-name]', field => { field.value = reply[field.dataset.name] || ''; });
    }
  };
  var forms = {
    options: chosen,
    matching: named,
    gaps: named,
    ordering: {
      read: section => each(section, '[data-name]', item => item.dataset.name),
      write: (section, reply) => {
        reply.forEach(name => each(section, '[data-name="' + name + '"]', item => item.parentNode.append(item)));
      }
    },
    dialogue: {
      read: section => path(section).concat(chosen.read(section)),
      write: (section, reply) => chosen.write(section, reply.slice(path(section).length))
    },
    writing: {
      read: section => section.querySelector('textarea').value || ' ', // an empty one is not sent
      write: (section, reply) => { section.querySelector('textarea').value = reply; }
    }
  };
  /* A reply from the device still fits if, put in, it comes out the same. */
  function fits(id, answer) {
    var section = page.screen(id), form = section && forms[section.dataset.form];
    if (!form) { return !!section; }
    form.write(section, answer.reply || []);
    return JSON.stringify(form.read(section)) === JSON.stringify(answer.reply || '');
  }

  /* ---- steps ---- */

  function sections() { return page.all('[data-form]'); }
  function here() { return sections()[current]; }
  function id() { return here().dataset.screen; }

  function open(index, quietly) {
    if (index >= sections().length) { finish(); return; }
    if (index < 0) { start(); return; }
    current = index;
    page.part('work').hidden = false;
    page.show(id(), quietly);
    page.part('progress').hidden = page.part('actions').hidden = page.part('ways').hidden = false;
    page.part('progress').querySelector('p').textContent =
      page.fill(words.count, { number: index + 1, total: sections().length });
    actions();
  }
  function nowDone(list) {
    var open = missing();
    done = list;
    if (!page.screen('finish').hidden) { (missing() || !open ? outline : finish)(); }
    page.part('progress').querySelector('progress').value = done.length;
  }
  function onward() {
    if (!(here().dataset.form in forms) && !done.includes(id())) {
      store.set(id(), { reply: true });
      nowDone(done.concat(id()));
    }
    open(current + 1);
  }
  function isGiven(reply) { return Object.values(reply || '').some(each => each.trim()); }
  function isAnswered(step) { return isGiven(store.get(step).reply); }
  function isWrong(section) {
    return !('closed' in section.dataset) && section.querySelector('.mige-partly, .mige-outcome.mige-wrong');
  }
  /* One of the buttons is the one to press. */
  function actions() {
    var section = here(), place = page.part('actions'), ways = page.part('ways'), had = place.querySelector(':focus');
    var kind = section.dataset.check, last = current === sections().length - 1;
    var asks = kind && !('closed' in section.dataset) && !('fresh' in section.dataset) &&
      (kind !== 'say' || section.querySelector('input'));
    var label = { check: section.dataset.tries ? words.checkAgain : words.check, done: words.done, say: words.say }[kind];
    var back = button(words.back, 'mige-second', () => { open(current - 1); });
    var again = !asks && kind === 'check' && isWrong(section) && button(words.tryAgain, 'mige-second', () => {
      section.querySelector('input, select, .mige-moves button').focus();
    });
    // More than two in reach would cover a small screen.
    place.replaceChildren(asks ? button(label, 'mige-primary', check) : '',
      button(last ? words.toFinish : asks && !isAnswered(id()) ? words.skip : words.next,
        asks ? 'mige-second' : 'mige-primary', onward),
      asks ? '' : again || back, page.savedMark());
    ways.replaceChildren(asks || again ? back : '', button(words.overview, 'mige-link', finish), button(words.toStart, 'mige-link', start));
    if (had) { place.querySelector('button').focus(); }
  }
  function check(event) {
    var section = here(), isTalk = section.dataset.check === 'say', reply = forms[section.dataset.form].read(section);
    if (!isGiven(isTalk ? chosen.read(section) : reply)) { page.notice(words.answerFirst); return; }
    event.target.textContent = words.checking;
    event.target.onclick = null;
    store.set(id(), isTalk ? { reply } : { reply, check: Number(section.dataset.tries || 0) + 1 });
  }
  /* What was said about the answer before goes. */
  function changed(section, delay) {
    store.set(section.dataset.screen, { reply: forms[section.dataset.form].read(section) }, delay);
    delete section.dataset.fresh;
    each(section, '.mige-verdict, .mige-remark, .mige-outcome', node => { node.remove(); });
    actions();
  }
  /* Marked steps come back, unless they were changed meanwhile. */
  function received(reply) {
    var holder = make('template');
    Object.keys(reply.steps).forEach(step => {
      var old = page.screen(step), fresh;
      holder.innerHTML = reply.steps[step]; // ours, escaped there
      fresh = holder.content.querySelector('section');
      if (store.isWaiting(step)) { old.dataset.tries = fresh.dataset.tries || ''; return; }
      fresh.hidden = old.hidden;
      old.replaceWith(fresh);
      page.sayings(fresh);
      if (!fresh.hidden) { settle(fresh); }
    });
    nowDone(reply.done);
  }
  /* The reader goes on at what is new. */
  function settle(section) {
    var outcome = section.querySelector('.mige-outcome'), goal = outcome || each(section, 'h2, .mige-said').pop();
    page.notice('');
    actions();
    goal.focus({ preventScroll: true });
    goal.scrollIntoView({ block: outcome ? 'nearest' : 'start' });
  }
  function saving(state) {
    if (current < 0) { return; }
    if (state === 'waiting' && (store.get(id()).check || here().dataset.check === 'say') && store.isWaiting(id())) {
      actions();
      page.notice(words.checkLater);
    }
    if (state === 'saved' && page.root.querySelector('.mige-notice').textContent === words.checkLater) { page.notice(''); }
  }

  /* ---- single forms ---- */

  function move(item, before, focus) {
    var list = item.parentNode;
    list.insertBefore(item, before);
    list.nextElementSibling.textContent = page.fill(words.moved, {
      text: item.querySelector('.mige-own').textContent, number: [...list.children].indexOf(item) + 1, total: list.children.length
    });
    if (focus) { focus.focus(); }
    changed(here(), 300);
  }
  /* Drag by the grip; the arrows do the same. */
  function drag(event) {
    var item = event.target.closest('li'), list, stop = new AbortController();
    if (!event.target.closest('.mige-grip') || 'closed' in here().dataset) { return; }
    list = item.parentNode;
    event.preventDefault();
    item.classList.add('mige-dragged');
    function over(moved) {
      var other = [...list.children].find(each => {
        var box = each.getBoundingClientRect();
        return each !== item && moved.clientY > box.top && moved.clientY < box.bottom;
      });
      if (other) { list.insertBefore(item, item.compareDocumentPosition(other) & 4 ? other.nextSibling : other); }
    }
    function drop() {
      item.classList.remove('mige-dragged');
      stop.abort();
      move(item, item.nextSibling);
    }
    addEventListener('pointermove', over, stop);
    addEventListener('pointerup', drop, stop);
    addEventListener('pointercancel', drop, stop);
  }
  /* What a template holds is loaded only now. */
  function play(node) {
    var player = node.nextElementSibling.content.firstElementChild.cloneNode(true);
    player.onerror = () => { page.notice(words.failed); };
    node.replaceWith(player);
    player.focus();
    if (player.play) { player.play().catch(() => {}); }
  }

  /* ---- all steps ---- */

  function finish() {
    var place = page.part('finish'), act = button(words.finish, missing() ? 'mige-second' : 'mige-primary', () => {
      if (!missing() || asked === words.finishSure) { send(); return; }
      asked = words.finishSure;
      act.textContent = words.finishAnyway;
      outline();
      place.querySelector('p').focus();
    });
    current = -1;
    asked = words.finishOpen;
    place.replaceChildren(
      make('div', { class: 'mige-confirm' },
        make('p', { tabindex: '-1' }),
        make('p', { class: 'mige-actions' },
          missing() ? button(words.keepOn, 'mige-primary', resume) : '', act, page.savedMark())),
      make('h3', {}, words.overview),
      make('ol', { class: 'mige-steps' }, ...sections().map((section, index) => make('li', {},
        button(section.querySelector('h2 .mige-texts').cloneNode(true), 'mige-link', () => { open(index); }),
        make('span')))),
      make('p', { class: 'mige-ways' }, button(words.toStart, 'mige-link', start)));
    outline();
    page.part('work').hidden = false;
    page.show('finish');
    page.part('progress').hidden = page.part('actions').hidden = page.part('ways').hidden = true;
  }
  function missing() { return sections().length - done.length; }
  function outline() {
    sections().forEach((section, index) => {
      var step = section.dataset.screen, isDone = done.includes(step), wrong = isWrong(section);
      page.all('.mige-steps li > span')[index].replaceWith(
        make('span', { class: isDone && !wrong ? 'mige-given' : 'mige-open' },
          wrong ? words.stepWrong : isDone ? words.stepDone : isAnswered(step) ? words.stepGiven : words.stepOpen));
    });
    page.part('finish').querySelector('p').textContent = missing() ? page.fill(asked, { n: missing() })
      : sections().some(isWrong) ? words.finishWrong : words.finishAll;
  }
  function send() {
    var goOn = page.rest(), sent = { ...store.all() };
    page.notice(words.handingIn);
    page.post('hand_in', { run: args.run, answers: sent }).then(reply => page.replace(reply, 'h2', sent)).catch(error => {
      goOn();
      page.notice(error.refused || words.offline, error.refused && page.reload());
    });
  }
  /* The first open step from the last answer on. */
  function resume(quietly) {
    var all = sections().map(section => section.dataset.screen), stamps = all.map(step => store.get(step).stamp || 0);
    var next = all.slice(stamps.indexOf(Math.max(...stamps))).concat(all).find(step => !done.includes(step) && !store.isWaiting(step));
    if (next) { open(all.indexOf(next), quietly === true); } else { finish(); }
  }
  /* The first page as it is now, or as it was. */
  function start() {
    page.notice(words.loading);
    page.latest().then(page.replace).catch(() => {
      current = -1;
      page.part('work').hidden = true;
      page.show('start');
    });
  }

  /* ---- start and summary ---- */

  /* The last tick counts. */
  function tick(list) {
    var reply = chosen.read(list), number = ticks += 1;
    page.post('tick', { answers: { [list.dataset.list]: { stamp: page.clock.now(), reply } } }, 'answers').then(() => {
      each(list, 'input', input => { input.defaultChecked = reply.includes(input.value); });
    }, error => error.refused || words.failed).then(text => {
      if (number !== ticks) { return; }
      each(list, 'input', input => { input.checked = input.defaultChecked; });
      page.notice(text);
    });
  }

  page.actions = {
    begin: resume,
    country: select => { page.choose(select, 'choose_country', { country: select.value }); },
    start,
    play,
    late: node => page.ask('hand_in', { run: Number(node.value) }).catch(() => {}),
    move: node => {
      var item = node.closest('li'), up = item.previousElementSibling, down = item.nextElementSibling;
      if (node.value < 0 ? up : down) { move(item, node.value < 0 ? up : down.nextElementSibling, node); }
    },
    talk: () => { store.set(id(), { reply: [] }); }
  };
  page.root.addEventListener('input', event => {
    var section = event.target.closest('[data-form]'), form = section && section.dataset.form;
    if (form in forms && form !== 'dialogue') {
      changed(section, event.target.matches('textarea, [type="text"]') ? 700 : 0);
    }
  });
  page.root.addEventListener('change', event => {
    var list = event.target.closest('[data-list]');
    if (list) { tick(list); }
  });
  page.root.addEventListener('pointerdown', drag);

  if (args.stage === 'answering') {
    store = page.open({
      number: args.run,
      fields: ['reply'],
      fits,
      send: answers => page.post('save_answers', { run: args.run, answers }, 'answers'),
      received,
      changed: saving
    });
    sections().forEach(section => {
      var step = section.dataset.screen, form = forms[section.dataset.form];
      if (form) { form.write(section, store.get(step).reply || []); }
      if (store.isWaiting(step)) { delete section.dataset.fresh; }
      if (store.isWaiting(step) && !form) { args.done.push(step); }
    });
    nowDone(args.done);
    if (Object.keys(store.all()).length && !arguments[2]) { resume(true); page.notice(words.resume); }
  }
  page.finish();
}
