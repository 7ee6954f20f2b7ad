/* The learner's page: answers kept on the device until the server has them, and the screens around them. */

/**
 * Keep a learner's answers and bring them to the server.
 *
 * An answer waits from the moment it is given until the server has answered for it; waiting answers also stand in
 * localStorage, one entry each, so that a closed tab or a second one loses nothing. Every answer carries the moment it
 * was given by the server's clock; on both sides the later one wins, so sending twice or late does no harm.
 *
 * options: prefix (of the entries), round, now (server's ms), answers ({id: answer}), has(id), send(body) → promise of
 * the reply (rejects with {refused: message} or anything else for "no connection"), changed(state, message).
 */
function migrempowerAnswerStore(options) {
  'use strict';
  var FIRST_WAIT = 1000, LONGEST_WAIT = 30000;
  var started = performance.now();
  var answers = {}, waiting = {}, newest = 0;
  var sending = false, again = false, wait = FIRST_WAIT, timer = null, disposed = false;
  var prefix = options.prefix + ':';

  function device(action) {
    try { return action(window.localStorage); } catch (error) { return undefined; }
  }
  function keep(id) {
    return device(function (storage) { storage.setItem(prefix + options.round + ':' + id, JSON.stringify(answers[id])); return true; });
  }
  function forget(id) {
    device(function (storage) { storage.removeItem(prefix + options.round + ':' + id); });
  }
  function stamp() {
    newest = Math.max(newest + 1, Math.round(options.now + performance.now() - started));
    return newest;
  }
  function take(id, answer) {
    answers[id] = answer;
    newest = Math.max(newest, answer.stamp);
  }
  function schedule(delay) {
    window.clearTimeout(timer);
    if (!disposed) { timer = window.setTimeout(flush, delay); }
  }
  function same(one, other) {
    return one.level === other.level && (one.skip || '') === (other.skip || '') && (one.evidence || '') === (other.evidence || '');
  }

  function flush() {
    window.clearTimeout(timer);
    var sent = {}, ids = Object.keys(waiting);
    if (disposed || !ids.length) { return Promise.resolve(); }
    if (sending) { again = true; return Promise.resolve(); }
    ids.forEach(function (id) { sent[id] = answers[id]; });
    sending = true;
    options.changed('saving');
    return options.send({ round: options.round, answers: sent }).then(function (reply) {
      var elsewhere = false;
      wait = FIRST_WAIT;
      ids.forEach(function (id) {
        var held = reply.answers[id];
        newest = Math.max(newest, held.stamp);
        if (answers[id] === sent[id]) {
          elsewhere = elsewhere || !same(held, sent[id]);
          take(id, held);
          delete waiting[id];
          forget(id);
        } else if (answers[id].stamp <= held.stamp) {
          answers[id].stamp = stamp();
          keep(id);
        }
      });
      sending = false;
      options.changed(Object.keys(waiting).length ? 'saving' : 'saved', '', elsewhere);
      if (Object.keys(waiting).length || again) { again = false; schedule(0); }
    }, function (error) {
      sending = false;
      again = false;
      if (error && error.refused) { options.changed('refused', error.refused); return; }
      options.changed('waiting');
      schedule(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  function now() { wait = FIRST_WAIT; flush(); }
  function hidden() { if (document.visibilityState === 'hidden') { flush(); } else { now(); } }

  Object.keys(options.answers).forEach(function (id) { take(id, options.answers[id]); });
  device(function (storage) {
    var keys = Object.keys(storage).filter(function (key) { return key.indexOf(prefix) === 0; });
    keys.forEach(function (key) {
      var parts = key.slice(prefix.length).split(':'), id = parts.slice(1).join(':'), answer = null;
      try { answer = JSON.parse(storage.getItem(key)); } catch (error) { /* not ours to read */ }
      if (Number(parts[0]) !== options.round || !options.has(id) || !answer || !(answer.stamp >= 0)) {
        storage.removeItem(key);
      } else if (!answers[id] || answer.stamp > answers[id].stamp) {
        take(id, answer);
        waiting[id] = true;
      } else {
        storage.removeItem(key);
      }
    });
  });
  window.addEventListener('online', now);
  window.addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', hidden);
  if (Object.keys(waiting).length) { schedule(0); }

  return {
    get: function (id) { return answers[id] || {}; },
    all: function () { return answers; },
    count: function () { return Object.keys(answers).filter(this.isGiven, this).length; },
    isGiven: function (id) { var a = answers[id] || {}; return a.level !== undefined || !!a.skip; },
    isKept: function () { return device(function (storage) { storage.setItem(prefix, ''); storage.removeItem(prefix); return true; }) === true; },
    set: function (id, change, delay) {
      var answer = { stamp: stamp() };
      ['level', 'skip', 'evidence'].forEach(function (name) {
        var value = name in change ? change[name] : (answers[id] || {})[name];
        if (value !== undefined && value !== '') { answer[name] = value; }
      });
      answers[id] = answer;
      waiting[id] = true;
      keep(id);
      if (navigator.onLine === false) { options.changed('waiting'); }
      schedule(delay || 0);
    },
    flush: flush,
    isSaved: function () { return !Object.keys(waiting).length; },
    /* Where the learner goes on: the first open statement from the newest answer on; -1 when all are given. */
    next: function (ids) {
      var last = 0, found = -1, index;
      ids.forEach(function (id, place) {
        if (answers[id] && answers[id].stamp > (answers[ids[last]] || { stamp: -1 }).stamp) { last = place; }
      });
      for (index = 0; index < ids.length && found < 0; index += 1) {
        if (!this.isGiven(ids[(last + index) % ids.length])) { found = (last + index) % ids.length; }
      }
      return found;
    },
    forgetAll: function () { Object.keys(answers).forEach(forget); waiting = {}; },
    dispose: function () {
      disposed = true;
      window.clearTimeout(timer);
      window.removeEventListener('online', now);
      window.removeEventListener('pagehide', flush);
      document.removeEventListener('visibilitychange', hidden);
    }
  };
}

/* Remove a block's waiting answers from the device; tells whether one was newer than what was handed in ({id: stamp}). */
function migrempowerLeftOver(prefix, stamps) {
  'use strict';
  try {
    return Object.keys(window.localStorage).filter(function (key) {
      if (key.indexOf(prefix + ':') !== 0) { return false; }
      var id = key.slice(prefix.length + 1).split(':').slice(1).join(':');
      var answer = JSON.parse(window.localStorage.getItem(key) || '{}');
      window.localStorage.removeItem(key);
      return answer.stamp > (stamps[id] || 0);
    }).length > 0;
  } catch (error) {
    return false;
  }
}

/* Start the block on a page; called by the XBlock runtime for each block on it. */
function MigrEmpowerSelfEvaluation(runtime, element) {
  'use strict';
  var host = element.nodeType ? element : element[0];
  var root = host.querySelector('.mige');
  var data = root.querySelector('script[type="application/json"]');
  if (!data) { return; } // a page that only says something
  var args = JSON.parse(data.textContent), replaced = arguments[2] === true;
  var words = args.words, store = null, current = -1, recording = null, saved = '';

  /* ---- small tools ---- */

  function part(name) { return root.querySelector('[data-part="' + name + '"]'); }
  function screen(name) { return root.querySelector('[data-screen="' + name + '"]'); }
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }
  /* make('p', {class: 'x', onclick: f}, 'text', node, …): text is always text, never HTML. */
  function make(tag, attributes) {
    var node = document.createElement(tag), index, child;
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (typeof value === 'function') { node.addEventListener(name.slice(2), value); }
      else if (value === true) { node.setAttribute(name, ''); }
      else if (value !== false && value !== undefined && value !== null) { node.setAttribute(name, value); }
    });
    for (index = 2; index < arguments.length; index += 1) {
      child = arguments[index];
      if (child) { node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child); }
    }
    return node;
  }
  function button(text, look, action, label) {
    return make('button', { type: 'button', 'class': look, onclick: action, 'aria-label': label }, text);
  }
  function image(address, alt, size) {
    return address ? make('img', { src: address, alt: alt || '', width: size, height: size }) : null;
  }
  function inLanguages(texts, tag) {
    var node = make('span', { 'class': 'mige-texts' });
    (texts || []).forEach(function (text, index) {
      var language = args.languages[index];
      node.appendChild(make(tag || 'span', { lang: language.tag, dir: language.dir, 'class': index ? 'mige-beside' : 'mige-own' }, text));
    });
    return node;
  }
  function show(name) {
    ['start', 'statement', 'review'].forEach(function (each) { screen(each).hidden = each !== name; });
    hush();
    notice('');
    var heading = screen(name).querySelector('h2');
    if (heading) { heading.focus(); }
    if (root.getBoundingClientRect().top < 0) { root.scrollIntoView(); }
  }
  function notice(text, action) {
    var place = root.querySelector('.mige-notice');
    place.textContent = text;
    place.hidden = !text;
    if (text && action) { place.appendChild(action); }
  }
  function post(handler, body) {
    var stop = window.AbortController ? new AbortController() : null;
    var timer = window.setTimeout(function () { if (stop) { stop.abort(); } }, 20000);
    var headers = { 'Content-Type': 'application/json' };
    var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    var text = JSON.stringify(body);
    if (token) { headers['X-CSRFToken'] = decodeURIComponent(token[1]); }
    return fetch(runtime.handlerUrl(host, handler), {
      method: 'POST', headers: headers, body: text, credentials: 'same-origin',
      keepalive: text.length < 60000, signal: stop ? stop.signal : undefined
    }).then(function (reply) {
      window.clearTimeout(timer);
      if (reply.status >= 500) { throw new Error(String(reply.status)); }
      return reply.json().then(function (data) {
        if (!reply.ok) { throw data && data.error ? { refused: data.error } : new Error(String(reply.status)); }
        return data;
      });
    }, function (error) { window.clearTimeout(timer); throw error; });
  }
  /* Ask the server for a new page; what goes wrong is said, nothing changes then. */
  function ask(handler, body, done) {
    return post(handler, body).then(function (reply) {
      if (done) { done(reply); }
      replace(reply);
    }).catch(function (error) { notice(error.refused || words.failed); });
  }
  function replace(reply) {
    var holder = make('div');
    holder.innerHTML = reply.html; // from our own handler, escaped there
    if (store) { store.dispose(); }
    hush();
    root.parentNode.replaceChild(holder.firstElementChild, root);
    new MigrEmpowerSelfEvaluation(runtime, element, true);
  }

  /* ---- listening ---- */

  function voice(language) {
    var voices = window.speechSynthesis ? window.speechSynthesis.getVoices() : [];
    return voices.filter(function (each) { return each.lang.toLowerCase().replace('_', '-').split('-')[0] === language.split('-')[0]; })[0];
  }
  function hush() {
    if (recording) { recording.pause(); recording = null; }
    if (window.speechSynthesis) { window.speechSynthesis.cancel(); }
  }
  function listen(text, index, address) {
    var language = args.languages[index].tag;
    var node = make('button', {
      type: 'button', 'class': 'mige-listen', 'data-speaks': address ? false : language, 'aria-label': fill(words.listen, { text: text }),
      onclick: function () {
        var utterance;
        hush();
        if (address) { recording = new Audio(address); recording.play().catch(function () { notice(words.failed); }); return; }
        utterance = new SpeechSynthesisUtterance(text);
        utterance.lang = language;
        utterance.voice = voice(language);
        window.speechSynthesis.speak(utterance);
      }
    });
    node.hidden = !address && !voice(language);
    return node;
  }
  function listens(texts, audio) {
    var node = make('span', { 'class': 'mige-listens' });
    texts.forEach(function (text, index) { node.appendChild(listen(text, index, (audio || [])[index])); });
    return node;
  }
  function voicesChanged() {
    Array.prototype.forEach.call(root.querySelectorAll('[data-speaks]'), function (node) { node.hidden = !voice(node.getAttribute('data-speaks')); });
  }

  /* ---- one statement ---- */

  function choices(statement, chosen, choose) {
    var group = make('div', { role: 'radiogroup', 'aria-labelledby': args.uid + '-text', 'class': 'mige-choices' });
    function card(value, content, look, audio, texts) {
      var input = make('input', { type: 'radio', name: args.uid + '-answer', value: value, onchange: function () { choose(value); } });
      input.checked = chosen === value;
      group.appendChild(make('div', { 'class': look }, make('label', { 'class': 'mige-card' }, input, content[0], content[1]),
        texts ? listens(texts.slice(0, 1), audio) : null));
    }
    args.levels.forEach(function (level) {
      card('level:' + level.value, [image(level.picture, '', 40), inLanguages(level.text)], 'mige-level', level.audio, level.text);
    });
    ['unclear', 'private'].forEach(function (reason) { card('skip:' + reason, [words[reason]], 'mige-skip'); });
    return group;
  }
  function chosen(answer) {
    return answer.level !== undefined ? 'level:' + answer.level : answer.skip ? 'skip:' + answer.skip : '';
  }
  function statementScreen(statement, above, answer, choose, below) {
    var place = screen('statement');
    place.textContent = '';
    above.forEach(function (node) { if (node) { place.appendChild(node); } });
    place.appendChild(make('div', { 'class': 'mige-statement' }, image(statement.picture, statement.alt, 72),
      make('h2', { tabindex: '-1', id: args.uid + '-text' }, inLanguages(statement.text)), listens(statement.text, statement.audio)));
    if (statement.example.length) {
      place.appendChild(make('p', { 'class': 'mige-example' }, words.forExample + ' ', inLanguages(statement.example)));
    }
    place.appendChild(make('p', { 'class': 'mige-hint' }, words.choose));
    place.appendChild(choices(statement, chosen(answer), choose));
    below.forEach(function (node) { if (node) { place.appendChild(node); } });
    show('statement');
  }
  function progress(index, area) {
    var count = fill(words.count, { number: index + 1, total: args.statements.length });
    return make('div', { 'class': 'mige-progress' },
      make('p', { 'class': 'mige-count' }, count),
      make('progress', { max: args.statements.length, value: store.count(), 'aria-label': count }),
      areaName('p', area));
  }
  function areaName(tag, number) {
    var area = args.areas[number];
    return make(tag, { 'class': 'mige-area-name mige-area-' + (number % 8 + 1) }, image(area.picture, '', 28), inLanguages(area.text.slice(0, 1)));
  }
  function evidence(statement) {
    var id = args.uid + '-evidence', text = store.get(statement.id).evidence || '';
    var left = make('span', { 'class': 'mige-left' });
    var field = make('textarea', {
      id: id, rows: 3, maxlength: args.longest, dir: 'auto', 'aria-describedby': id + '-help',
      oninput: function () {
        store.set(statement.id, { evidence: field.value }, 700);
        left.textContent = fill(words.left, { n: args.longest - field.value.length });
      },
      onchange: function () { store.flush(); }
    });
    field.value = text;
    return make('details', { 'class': 'mige-evidence', open: !!text }, make('summary', {}, words.evidence),
      make('label', { 'for': id, id: id + '-help' }, words.evidenceHelp), field, left);
  }
  function open(index) {
    var statement = args.statements[index], last = index === args.statements.length - 1;
    current = index;
    statementScreen(statement, [
      progress(index, statement.area),
      args.moment === 'looking-back' ? make('p', { 'class': 'mige-look-back' }, words.lookBack) : null
    ], store.get(statement.id), function (value) {
      var half = value.split(':');
      store.set(statement.id, half[0] === 'level' ? { level: Number(half[1]), skip: '' } : { skip: half[1], level: undefined });
      screen('statement').querySelector('progress').value = store.count();
    }, [
      evidence(statement),
      make('p', { 'class': 'mige-actions' },
        button(words.next, 'mige-primary', function () { if (last) { review(); } else { open(index + 1); } }),
        button(words.back, 'mige-second', function () { if (index) { open(index - 1); } else { show('start'); } }),
        savedMark()),
      make('p', {}, button(words.toReview, 'mige-link', review))
    ]);
  }
  function practice() {
    var done = make('p', { 'class': 'mige-well', role: 'status' });
    statementScreen(args.practice, [make('p', { 'class': 'mige-look-back' }, words.practice)], {}, function () {
      done.textContent = words.practiceDone;
    }, [done, make('p', { 'class': 'mige-actions' }, button(words.begin, 'mige-primary', begin),
      button(words.back, 'mige-second', function () { show('start'); }))]);
  }
  function begin() {
    var index = store.next(ids());
    if (index < 0) { review(); } else { open(index); }
  }
  function ids() { return args.statements.map(function (each) { return each.id; }); }

  /* ---- all answers, and handing in ---- */

  function answerWords(answer) {
    var level = args.levels.filter(function (each) { return each.value === answer.level; })[0];
    return level ? inLanguages(level.text.slice(0, 1)) : make('span', {}, answer.skip ? words[answer.skip] : words.noAnswer);
  }
  function review() {
    var place = screen('review'), missing = args.statements.length - store.count(), list = null, area = -1;
    var handIn = button(words.handIn, 'mige-primary', send);
    current = -1;
    place.textContent = '';
    place.appendChild(make('h2', { tabindex: '-1' }, words.review));
    place.appendChild(make('p', {}, words.reviewHelp));
    if (missing) {
      place.appendChild(make('p', { 'class': 'mige-missing' }, fill(words.missing, { n: missing })));
      place.appendChild(make('p', {}, button(words.missingGo, 'mige-second', begin)));
    }
    args.statements.forEach(function (statement, index) {
      var given = store.isGiven(statement.id);
      if (statement.area !== area) {
        area = statement.area;
        place.appendChild(areaName('h3', area));
        list = make('ul', { 'class': 'mige-review' });
        place.appendChild(list);
      }
      list.appendChild(make('li', {},
        make('span', {}, inLanguages(statement.text.slice(0, 1)), make('span', { 'class': given ? 'mige-given' : 'mige-open' }, answerWords(store.get(statement.id)))),
        button(given ? words.change : words.answerIt, 'mige-second', function () { open(index); },
          fill(given ? words.changeLabel : words.answerLabel, { text: statement.text[0] }))));
    });
    place.appendChild(make('p', {}, words.handInHelp));
    place.appendChild(make('p', { 'class': 'mige-actions' }, handIn, savedMark()));
    show('review');

    function send() {
      handIn.disabled = true;
      notice(words.handingIn);
      post('hand_in', { round: args.round, answers: store.all() }).then(function (reply) {
        store.forgetAll();
        replace(reply);
      }).catch(function (error) {
        handIn.disabled = false;
        notice(error.refused || words.offline, error.refused ? reload() : null);
        root.querySelector('.mige-notice').scrollIntoView({ block: 'center' });
      });
    }
  }
  function reload() {
    return button(words.reload, 'mige-second', function () { window.location.reload(); });
  }
  /* Said once to screen readers, and shown beside the buttons of the screen that is open. */
  function saveState(state, message, elsewhere) {
    saved = state;
    if (state !== 'saving') { part('saved').textContent = savedWords(); }
    Array.prototype.forEach.call(root.querySelectorAll('.mige-saved'), function (node) { node.parentNode.replaceChild(savedMark(), node); });
    if (state === 'refused') { notice(message, reload()); root.querySelector('.mige-notice').scrollIntoView({ block: 'center' }); }
    if (elsewhere) {
      if (current >= 0) { open(current); }
      notice(words.changedElsewhere);
    }
  }

  function savedWords() {
    return saved === 'waiting' && !store.isKept() ? words.waitingOpen : words[saved] || '';
  }
  function savedMark() {
    return make('span', { 'class': 'mige-saved mige-saved-' + saved, 'aria-hidden': 'true' }, savedWords());
  }

  /* ---- start, result, my data ---- */

  /* A new page is on its way: nothing is begun on the old one meanwhile. */
  function languages() {
    var buttons = Array.prototype.slice.call(root.querySelectorAll('[data-act="begin"], [data-act="practice"]'));
    buttons.forEach(function (node) { node.disabled = true; });
    (store ? store.flush() : Promise.resolve()).then(function () {
      return ask('choose_languages', { own: part('own').value, beside: part('beside').value });
    }).then(function () { buttons.forEach(function (node) { node.disabled = false; }); });
  }
  function changed(event) {
    var name = event.target.getAttribute('data-part');
    if (name === 'own' || name === 'beside') { languages(); }
    if (name === 'share') {
      post('share', { shared: event.target.checked }).then(function () { notice(''); }, function (error) {
        event.target.checked = !event.target.checked;
        notice(error.refused || words.failed);
      });
    }
  }
  function clicked(event) {
    var node = event.target.closest('[data-act], [data-view]');
    if (!node || !root.contains(node)) { return; }
    if (node.hasAttribute('data-view')) { view(node.getAttribute('data-view')); return; }
    ({
      begin: begin,
      practice: practice,
      print: function () { window.print(); },
      'ask-delete': function () { part('confirm').hidden = false; part('confirm').querySelector('[tabindex]').focus(); },
      keep: function () { part('confirm').hidden = true; root.querySelector('[data-act="ask-delete"]').focus(); },
      'delete': function () { ask('delete_data', {}, function () { if (store) { store.forgetAll(); } }); },
      again: function () { ask('start_again', {}); }
    })[node.getAttribute('data-act')]();
  }
  function view(name) {
    Array.prototype.forEach.call(root.querySelectorAll('[data-view]'), function (node) { node.setAttribute('aria-pressed', String(node.getAttribute('data-view') === name)); });
    Array.prototype.forEach.call(root.querySelectorAll('[data-panel]'), function (node) { node.hidden = node.getAttribute('data-panel') !== name; });
  }

  root.addEventListener('click', clicked);
  root.addEventListener('change', changed);
  if (args.stage === 'answering') {
    store = migrempowerAnswerStore({
      prefix: 'migrempower:' + args.uid, round: args.round, now: args.now, answers: args.answers,
      has: function (id) { return ids().indexOf(id) >= 0; },
      send: function (body) { return post('save_answers', body); },
      changed: saveState
    });
    if (window.speechSynthesis && window.speechSynthesis.addEventListener) { window.speechSynthesis.addEventListener('voiceschanged', voicesChanged); }
    if (Object.keys(store.all()).length && !replaced) { begin(); notice(words.resume); }
  }
  if (args.stage === 'result' && migrempowerLeftOver('migrempower:' + args.uid, args.stamps)) { notice(words.tooLate); }
  if (replaced) {
    (root.querySelector('[data-screen]:not([hidden]) h2') || root).focus();
    root.scrollIntoView();
  }
}
