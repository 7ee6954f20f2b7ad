/* The self-evaluation's page: one statement after the other, all answers, the result. Needs learner.js before it. */

function MigrEmpowerSelfEvaluation(runtime, element) {
  'use strict';
  if (!window.MigrEmpower) { setTimeout(MigrEmpowerSelfEvaluation, 99, runtime, element); return; } // it is on its way
  var goTo = arguments[2]; // where this page replaces another
  var page = MigrEmpower.page(runtime, element, MigrEmpowerSelfEvaluation, goTo);
  if (!page) { return; } // a page that only says something
  var args = page.args, words = page.words, make = page.make, button = page.button, fill = page.fill;
  var store = null, current = -1;

  /* A text that is not translated brings the language it is in. */
  function said(text) { return text.text || text; }
  function inLanguages(texts) {
    var node = make('span', { class: 'mige-texts' });
    (texts || []).forEach((text, index) => {
      var language = text.tag ? text : args.languages[index];
      var look = index ? 'mige-beside' : 'mige-own';
      node.append(make('span', { lang: language.tag, dir: language.dir, class: look }, said(text)));
    });
    return node;
  }
  function listens(texts, audio) {
    var node = make('span', { class: 'mige-listens' });
    texts.forEach((text, index) => {
      node.append(page.listen(said(text), text.tag || args.languages[index].tag, (audio || [])[index]));
    });
    return node;
  }

  function image(address, alt, size) {
    return address ? make('img', { src: address, alt: alt || '', width: size, height: size }) : null;
  }
  function isGiven(id) { return store.get(id).level !== undefined || !!store.get(id).skip; }
  function answered() { return Object.keys(store.all()).filter(isGiven).length; }
  /* Where the learner goes on: the first open statement from the newest answer on; -1 when all are given. */
  function next() {
    var last = ids().reduce((best, id, place) =>
      (store.get(id).stamp || 0) > (store.get(ids()[best]).stamp || 0) ? place : best, 0);
    return ids().indexOf(ids().slice(last).concat(ids()).find(id => !isGiven(id)));
  }

  /* ---- one statement ---- */

  function choices(given, choose) {
    var group = make('div', { role: 'radiogroup', 'aria-labelledby': args.uid + '-text', class: 'mige-choices' });
    function card(value, content, look, audio, texts) {
      var input = make('input', {
        type: 'radio', name: args.uid + '-answer', value, autocomplete: 'off', onchange: () => { choose(value); }
      });
      group.append(make('div', { class: look }, make('label', { class: 'mige-card' }, input, content[0], content[1]),
        texts ? listens(texts.slice(0, 1), audio) : null));
      input.checked = given === value;
    }
    args.levels.forEach(level => {
      var content = [image(level.picture, '', 40), inLanguages(level.text)];
      card('level:' + level.value, content, 'mige-level', level.audio, level.text);
    });
    ['unclear', 'private'].forEach(reason => {
      card('skip:' + reason, [make('span', { class: 'mige-texts' }, words[reason])], 'mige-skip');
    });
    return group;
  }
  function chosen(answer) {
    return answer.level !== undefined ? 'level:' + answer.level : answer.skip ? 'skip:' + answer.skip : '';
  }
  function statementScreen(statement, above, answer, choose, below, quietly) {
    page.screen('statement').replaceChildren(...[
      ...above,
      make('div', { class: 'mige-statement' }, image(statement.picture, statement.alt, 72),
        make('h2', { tabindex: '-1', id: args.uid + '-text' }, inLanguages(statement.text)),
        listens(statement.text, statement.audio)),
      statement.example.length && make('p', { class: 'mige-example' }, words.forExample + ' ', inLanguages(statement.example)),
      make('p', { class: 'mige-hint' }, words.choose),
      choices(chosen(answer), choose),
      ...below
    ].filter(Boolean));
    page.show('statement', quietly);
  }
  function progress(index, area) {
    var count = fill(words.count, { number: index + 1, total: args.statements.length });
    return make('div', { class: 'mige-progress' },
      make('p', { class: 'mige-count' }, count),
      make('progress', { max: args.statements.length, value: answered(), 'aria-label': words.answered }),
      areaName('p', area));
  }
  function areaName(tag, number) {
    var area = args.areas[number];
    return make(tag, { class: 'mige-area-name mige-area-' + (number % 8 + 1) },
      image(area.picture, '', 28), inLanguages(area.text.slice(0, 1)));
  }
  function evidence(statement) {
    var id = args.uid + '-evidence', text = store.get(statement.id).evidence || '';
    var left = make('span', { class: 'mige-left' });
    var field = make('textarea', {
      id, rows: 3, maxlength: args.longest, dir: 'auto', autocomplete: 'off',
      'aria-labelledby': id + '-name', 'aria-describedby': id + '-help',
      oninput: () => {
        store.set(statement.id, { evidence: field.value }, 700);
        left.textContent = fill(words.left, { n: args.longest - field.value.length });
      },
      onchange: () => { store.flush(); }
    });
    field.value = text;
    return make('details', { class: 'mige-evidence', open: !!text }, make('summary', { id: id + '-name' }, words.evidence),
      make('label', { for: id, id: id + '-help' }, words.evidenceHelp), field, left);
  }
  /* Open a statement; from the review, the way leads back there. */
  function open(index, fromReview, quietly) {
    var statement = args.statements[index], last = index === args.statements.length - 1;
    function onward() { if (last || fromReview) { review(); } else { open(index + 1); } }
    function backward() { if (index) { open(index - 1); } else { start(); } }
    current = index;
    statementScreen(statement, [
      progress(index, statement.area),
      args.moment === 'looking-back' ? make('p', { class: 'mige-look-back' }, words.lookBack) : null
    ], store.get(statement.id), value => {
      var half = value.split(':');
      store.set(statement.id, half[0] === 'level' ? { level: Number(half[1]), skip: '' } : { skip: half[1], level: undefined });
      page.screen('statement').querySelector('progress').value = answered();
    }, [
      evidence(statement),
      make('p', { class: 'mige-actions' },
        button(fromReview ? words.toReview : words.next, 'mige-primary', onward),
        fromReview ? null : button(words.back, 'mige-second', backward),
        page.savedMark()),
      make('p', { class: 'mige-ways' },
        fromReview ? null : button(words.toReview, 'mige-link', review), button(words.toStart, 'mige-link', start))
    ], quietly);
  }
  function practice() {
    var done = make('p', { class: 'mige-well', role: 'status' });
    statementScreen(args.practice, [make('p', { class: 'mige-look-back' }, words.practice)], {}, () => {
      done.textContent = words.practiceDone;
    }, [done, make('p', { class: 'mige-actions' }, button(words.begin, 'mige-primary', begin),
      button(words.back, 'mige-second', () => { page.show('start'); }))]);
    current = -1;
  }
  function begin(quietly) {
    var index = next();
    if (index < 0) { review(quietly === true); } else { open(index, false, quietly === true); }
  }
  /* The start page as it is now: languages, sharing, my data. Without a connection, as it was. */
  function start() {
    page.latest().then(page.replace).catch(() => { page.show('start'); });
  }
  function ids() { return args.statements.map(each => each.id); }

  /* ---- all answers, and handing in ---- */

  function answerWords(answer) {
    var level = args.levels.filter(each => each.value === answer.level)[0];
    return level ? inLanguages(level.text.slice(0, 1)) : make('span', {}, answer.skip ? words[answer.skip] : words.noAnswer);
  }
  function review(quietly) {
    var place = page.screen('review'), missing = args.statements.length - answered(), list = null, area = -1;
    var handIn = button(words.handIn, 'mige-primary', () => { if (missing) { confirm(); } else { send(); } });
    var actions = make('p', { class: 'mige-actions' }, answered() ? handIn : null, page.savedMark());
    current = -1;
    place.textContent = '';
    place.append(make('h2', { tabindex: '-1' }, words.review));
    place.append(make('p', {}, words.reviewHelp));
    if (missing) {
      place.append(make('p', { class: 'mige-missing' }, fill(words.missing, { n: missing })));
      place.append(make('p', {}, button(words.missingGo, 'mige-second', begin)));
    }
    args.statements.forEach((statement, index) => {
      var given = isGiven(statement.id);
      if (statement.area !== area) {
        area = statement.area;
        place.append(areaName('h3', area));
        list = make('ul', { class: 'mige-review' });
        place.append(list);
      }
      list.append(make('li', {},
        make('span', {}, inLanguages(statement.text.slice(0, 1)),
          make('span', { class: given ? 'mige-given' : 'mige-open' }, answerWords(store.get(statement.id)))),
        button(given ? words.change : words.answerIt, 'mige-second', () => { open(index, true); },
          fill(given ? words.changeLabel : words.answerLabel, { text: said(statement.text[0]) }))));
    });
    place.append(make('p', {}, words.handInHelp));
    place.append(actions);
    place.append(make('p', { class: 'mige-ways' }, button(words.toStart, 'mige-link', start)));
    page.show('review', quietly === true);

    function confirm() {
      var question = make('p', { tabindex: '-1' }, fill(words.handInMissing, { n: missing }));
      actions.hidden = true;
      place.insertBefore(make('div', { class: 'mige-confirm', role: 'group' }, question, make('p', { class: 'mige-actions' },
        button(words.missingGo, 'mige-primary', begin), button(words.handInAnyway, 'mige-second', send))), actions);
      question.focus();
    }
    /* Nothing on this screen can be pressed until the server has answered. */
    function send() {
      var goOn = page.rest(), sent = { ...store.all() };
      page.notice(words.handingIn);
      page.post('hand_in', { round: args.round, answers: sent }).then(reply => page.replace(reply, 'h2', sent)).catch(error => {
        goOn();
        page.notice(error.refused || words.offline, error.refused ? page.reload() : null);
      });
    }
  }
  /* A later answer from another tab or device counts. The screen is drawn anew only where it shows that answer. */
  function changedElsewhere(state, message, changed) {
    if (!changed || !changed.length) { return; }
    var focus = document.activeElement, isWriting = focus.tagName === 'TEXTAREA';
    if (!page.screen('review').hidden) { review(true); page.notice(words.changedElsewhere); }
    if (current >= 0 && !isWriting && changed.includes(args.statements[current].id)) {
      open(current, false, true);
      page.notice(words.changedElsewhere);
    }
    if (!focus.isConnected) { page.root.querySelector('[data-screen]:not([hidden]) h2').focus({ preventScroll: true }); }
  }

  /* ---- the result ---- */

  function view(name) {
    page.all('[data-view]').forEach(node => {
      node.setAttribute('aria-pressed', String(node.getAttribute('data-view') === name));
    });
    page.all('[data-panel]').forEach(node => { node.hidden = node.getAttribute('data-panel') !== name; });
  }

  page.actions = {
    begin,
    practice,
    view: node => { view(node.getAttribute('data-view')); }
  };
  MigrEmpower.replies(page);
  if (args.stage === 'answering') {
    store = page.open({
      number: args.round,
      fields: ['level', 'skip', 'evidence'],
      fits: (id, answer) => ids().includes(id) &&
        (answer.level === undefined || args.levels.some(each => each.value === answer.level)),
      send: answers => page.post('save_answers', { round: args.round, answers }, 'answers'),
      changed: changedElsewhere
    });
    if (Object.keys(store.all()).length && !goTo) { begin(true); page.notice(words.resume); }
  }
  page.finish();
}
