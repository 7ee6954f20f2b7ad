/* The learner's page: answers kept on the device until the server has them, and the screens around them. */

/* The entries on the device that wait for the server: [{key, round, id, answer}]. */
function migrempowerWaiting(prefix) {
  'use strict';
  var found = [];
  try {
    Object.keys(window.localStorage).forEach(function (key) {
      if (key.indexOf(prefix + ':') !== 0) { return; }
      var parts = key.slice(prefix.length + 1).split(':'), answer = null;
      try { answer = JSON.parse(window.localStorage.getItem(key)); } catch (error) { /* not ours to read */ }
      if (!answer || !(answer.stamp >= 0)) { answer = { stamp: 0 }; }
      found.push({ key: key, round: Number(parts[0]), id: parts.slice(1).join(':'), answer: answer });
    });
  } catch (error) { /* the browser keeps nothing for us */ }
  return found;
}

/* The server's time in ms, counted on from `now`. performance.now() may stand still while a phone sleeps and the device's
   clock may be set back, so the larger of the two counts; a clock set ahead is taken back by the server. */
function migrempowerClock(now) {
  'use strict';
  var ticks = performance.now(), date = Date.now();
  function time() { return Math.round(now + Math.max(performance.now() - ticks, Date.now() - date)); }
  return {
    now: time,
    notBefore: function (other) {
      if (other > time()) { now = other; ticks = performance.now(); date = Date.now(); }
    }
  };
}

/**
 * Keep a learner's answers and bring them to the server.
 *
 * An answer waits from the moment it is given until the server has answered for it; waiting answers also stand in
 * localStorage, one entry each, so that a closed tab or a second one loses nothing. Every answer carries the moment it
 * was given by the server's clock; on both sides the later one wins, so sending twice or late does no harm.
 *
 * options: prefix (of the entries), round, now (server's ms), answers ({id: answer}), fits(id, answer): whether a kept
 * answer can still be given; send(body) → promise of the reply (rejects with {refused: message} or anything else for "no
 * connection"); changed(state, message, ids of later answers from elsewhere).
 */
function migrempowerAnswerStore(options) {
  'use strict';
  var FIRST_WAIT = 1000, LONGEST_WAIT = 30000;
  var clock = migrempowerClock(options.now);
  var answers = {}, waiting = {}, newest = 0, late = false, kept = true;
  var sending = false, wait = FIRST_WAIT, timer = null, disposed = false;
  var prefix = options.prefix + ':' + options.round + ':';

  function device(action) {
    try { return action(window.localStorage); } catch (error) { return undefined; }
  }
  function keep(id) {
    kept = device(function (storage) { storage.setItem(prefix + id, JSON.stringify(answers[id])); return true; }) === true;
  }
  /* Forget an entry the server has; a newer one, from another tab perhaps, stays. */
  function forget(id, stamp) {
    device(function (storage) {
      var entry = JSON.parse(storage.getItem(prefix + id) || '{}');
      if (!(entry.stamp > stamp)) { storage.removeItem(prefix + id); }
    });
  }
  function stamp() {
    newest = Math.max(newest + 1, clock.now());
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
    return one.level === other.level && (one.skip || '') === (other.skip || '') &&
      (one.evidence || '') === (other.evidence || '');
  }

  function flush() {
    window.clearTimeout(timer);
    var sent = {}, ids = Object.keys(waiting);
    if (disposed || !ids.length) { return Promise.resolve(); }
    if (sending) { return Promise.resolve(); } // what is new is sent when this reply has come
    ids.forEach(function (id) { sent[id] = answers[id]; });
    sending = true;
    options.changed('saving');
    return options.send({ round: options.round, answers: sent }).then(function (reply) {
      var elsewhere = [];
      wait = FIRST_WAIT;
      clock.notBefore(reply.now);
      ids.forEach(function (id) {
        var held = reply.answers[id];
        newest = Math.max(newest, held.stamp);
        if (answers[id] === sent[id]) {
          if (!same(held, sent[id])) { elsewhere.push(id); }
          forget(id, sent[id].stamp);
          take(id, held);
          delete waiting[id];
        } else if (answers[id].stamp <= held.stamp) {
          answers[id].stamp = stamp();
          keep(id);
        }
      });
      sending = false;
      options.changed(Object.keys(waiting).length ? 'saving' : 'saved', '', elsewhere);
      if (Object.keys(waiting).length) { schedule(0); }
    }, function (error) {
      sending = false;
      if (error && error.refused) { options.changed('refused', error.refused); return; }
      options.changed('waiting');
      schedule(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  function now() { wait = FIRST_WAIT; flush(); }
  function hidden() { if (document.visibilityState === 'hidden') { flush(); } else { now(); } }

  Object.keys(options.answers).forEach(function (id) { take(id, options.answers[id]); });
  migrempowerWaiting(options.prefix).forEach(function (entry) {
    var mine = entry.round === options.round && options.fits(entry.id, entry.answer);
    if (mine && !(answers[entry.id] && answers[entry.id].stamp >= entry.answer.stamp)) {
      take(entry.id, entry.answer);
      waiting[entry.id] = true;
    } else {
      late = late || !mine;
      device(function (storage) { storage.removeItem(entry.key); });
    }
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
    isKept: function () { return kept; },
    wasLate: function () { return late; },
    set: function (id, change, delay) {
      var answer = { stamp: stamp() };
      ['level', 'skip', 'evidence'].forEach(function (name) {
        var value = name in change ? change[name] : (answers[id] || {})[name];
        if (value !== undefined && value !== '') { answer[name] = value; }
      });
      answers[id] = answer;
      waiting[id] = true;
      keep(id);
      options.changed(navigator.onLine === false ? 'waiting' : 'saving');
      schedule(delay || 0);
    },
    flush: flush,
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
    /* The server has these answers ({id: answer}), or wants none any more. */
    forgetThese: function (these) {
      Object.keys(these).forEach(function (id) { forget(id, these[id].stamp); delete waiting[id]; });
    },
    dispose: function () {
      disposed = true;
      window.clearTimeout(timer);
      window.removeEventListener('online', now);
      window.removeEventListener('pagehide', flush);
      document.removeEventListener('visibilitychange', hidden);
    }
  };
}

/* Start the block on a page; called by the XBlock runtime for each block on it. */
function MigrEmpowerSelfEvaluation(runtime, element) {
  'use strict';
  var host = element.nodeType ? element : element[0];
  var root = host.querySelector('.mige');
  var data = root.querySelector('script[type="application/json"]');
  if (!data) { return; } // a page that only says something
  var args = JSON.parse(data.textContent), words = args.words, clock = migrempowerClock(args.now);
  var goTo = arguments[2]; // a selector to focus, where this page replaces another
  var store = null, current = -1, recording = null, saved = '', voices = window.speechSynthesis;
  var wishes = 0, shared = !!root.querySelector('[data-part="share"]:checked');

  /* ---- small tools ---- */

  function part(name) { return root.querySelector('[data-part="' + name + '"]'); }
  function screen(name) { return root.querySelector('[data-screen="' + name + '"]'); }
  function all(selector) { return Array.prototype.slice.call(root.querySelectorAll(selector)); }
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
  function inLanguages(texts) {
    var node = make('span', { 'class': 'mige-texts' });
    (texts || []).forEach(function (text, index) {
      var language = args.languages[index];
      var look = index ? 'mige-beside' : 'mige-own';
      node.appendChild(make('span', { lang: language.tag, dir: language.dir, 'class': look }, text));
    });
    return node;
  }
  /* Show a screen. On the page's own first screen (quietly) neither focus nor scroll is taken from the reader. */
  function show(name, quietly) {
    ['start', 'statement', 'review'].forEach(function (each) { screen(each).hidden = each !== name; });
    hush();
    notice('');
    if (quietly) { return; }
    screen(name).querySelector('h2').focus();
    if (root.getBoundingClientRect().top < 0) { root.scrollIntoView(); }
    // The second tap of a double tap must not choose something on the new screen.
    root.classList.add('mige-fresh');
    window.setTimeout(function () { root.classList.remove('mige-fresh'); }, 350);
  }
  function notice(text, action) {
    var place = root.querySelector('.mige-notice'), box;
    place.textContent = text;
    place.hidden = !text;
    if (text && action) { place.appendChild(action); }
    box = place.getBoundingClientRect();
    if (text && (box.bottom < 0 || box.top > window.innerHeight)) { place.scrollIntoView({ block: 'center' }); }
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
      if (reply.status >= 500) { throw new Error(String(reply.status)); }
      return reply.json().then(function (data) {
        if (!reply.ok) { throw data && data.error ? { refused: data.error } : new Error(String(reply.status)); }
        window.clearTimeout(timer);
        return data;
      });
    }).catch(function (error) { window.clearTimeout(timer); throw error; });
  }
  /* Ask the server for a new page and go to what the selector names there; what goes wrong is said, nothing changes. */
  function ask(handler, body, selector) {
    notice(words.loading);
    return post(handler, body).then(function (reply) {
      if (root.parentNode) { replace(reply, selector); }
    }).catch(function (error) {
      notice(error.refused || words.failed);
      throw error;
    });
  }
  function replace(reply, selector) {
    var holder = make('div');
    holder.innerHTML = reply.html; // from our own handler, escaped there
    leave();
    root.parentNode.replaceChild(holder.firstElementChild, root);
    new MigrEmpowerSelfEvaluation(runtime, element, selector === undefined ? 'h2' : selector);
  }
  function leave() {
    if (store) { store.dispose(); }
    hush();
    window.removeEventListener('pageshow', cameBack);
    if (voices && voices.removeEventListener) { voices.removeEventListener('voiceschanged', voicesChanged); }
  }
  function isNewer(reply) {
    var holder = make('template');
    holder.innerHTML = reply.html;
    var other = JSON.parse(holder.content.querySelector('script[type="application/json"]').textContent);
    return ['stage', 'round', 'stamps', 'languages'].some(function (name) {
      return JSON.stringify(other[name]) !== JSON.stringify(args[name]);
    }) || (store && Object.keys(other.answers).some(function (id) {
      return !(store.get(id).stamp >= other.answers[id].stamp);
    }));
  }
  /* A page the browser kept may be older than what the server has; where nothing is newer, it stays as it is. */
  function cameBack(event) {
    var entry = performance.getEntriesByType ? performance.getEntriesByType('navigation')[0] : null;
    if (event.persisted || (entry && entry.type === 'back_forward')) {
      (store ? store.flush() : Promise.resolve()).then(function () { return post('page', {}); }).then(function (reply) {
        if (root.parentNode && isNewer(reply)) { replace(reply, null); }
      }, function () { /* no connection: what is here is what there is */ });
    }
  }

  /* ---- listening ---- */

  function voice(language) {
    return (voices ? voices.getVoices() : []).filter(function (each) {
      return each.lang.toLowerCase().replace('_', '-').split('-')[0] === language.split('-')[0];
    })[0];
  }
  function hush() {
    if (recording) { recording.pause(); recording = null; }
    if (voices) { voices.cancel(); }
  }
  function listen(text, index, address) {
    var language = args.languages[index].tag;
    var node = make('button', {
      type: 'button', 'class': 'mige-listen', 'data-speaks': address ? false : language,
      'aria-label': fill(words.listen, { text: text }),
      onclick: function () {
        var utterance;
        hush();
        if (address) { play(address); return; }
        utterance = new SpeechSynthesisUtterance(text);
        utterance.lang = language;
        utterance.voice = voice(language);
        voices.speak(utterance);
      }
    });
    node.hidden = !address && !voice(language);
    return node;
  }
  function play(address) {
    var mine = recording = new Audio(address);
    mine.play().catch(function () { if (recording === mine) { notice(words.failed); } });
  }
  function listens(texts, audio) {
    var node = make('span', { 'class': 'mige-listens' });
    texts.forEach(function (text, index) { node.appendChild(listen(text, index, (audio || [])[index])); });
    return node;
  }
  function voicesChanged() {
    all('[data-speaks]').forEach(function (node) { node.hidden = !voice(node.getAttribute('data-speaks')); });
  }

  /* ---- one statement ---- */

  function choices(given, choose) {
    var group = make('div', { role: 'radiogroup', 'aria-labelledby': args.uid + '-text', 'class': 'mige-choices' });
    function card(value, content, look, audio, texts) {
      var input = make('input', {
        type: 'radio', name: args.uid + '-answer', value: value, autocomplete: 'off', onchange: function () { choose(value); }
      });
      group.appendChild(make('div', { 'class': look }, make('label', { 'class': 'mige-card' }, input, content[0], content[1]),
        texts ? listens(texts.slice(0, 1), audio) : null));
      input.checked = given === value;
    }
    args.levels.forEach(function (level) {
      var content = [image(level.picture, '', 40), inLanguages(level.text)];
      card('level:' + level.value, content, 'mige-level', level.audio, level.text);
    });
    ['unclear', 'private'].forEach(function (reason) {
      card('skip:' + reason, [make('span', { 'class': 'mige-texts' }, words[reason])], 'mige-skip');
    });
    return group;
  }
  function chosen(answer) {
    return answer.level !== undefined ? 'level:' + answer.level : answer.skip ? 'skip:' + answer.skip : '';
  }
  function statementScreen(statement, above, answer, choose, below, quietly) {
    var place = screen('statement');
    place.textContent = '';
    above.forEach(function (node) { if (node) { place.appendChild(node); } });
    place.appendChild(make('div', { 'class': 'mige-statement' }, image(statement.picture, statement.alt, 72),
      make('h2', { tabindex: '-1', id: args.uid + '-text' }, inLanguages(statement.text)), listens(statement.text, statement.audio)));
    if (statement.example.length) {
      place.appendChild(make('p', { 'class': 'mige-example' }, words.forExample + ' ', inLanguages(statement.example)));
    }
    place.appendChild(make('p', { 'class': 'mige-hint' }, words.choose));
    place.appendChild(choices(chosen(answer), choose));
    below.forEach(function (node) { if (node) { place.appendChild(node); } });
    show('statement', quietly);
  }
  function progress(index, area) {
    var count = fill(words.count, { number: index + 1, total: args.statements.length });
    return make('div', { 'class': 'mige-progress' },
      make('p', { 'class': 'mige-count' }, count),
      make('progress', { max: args.statements.length, value: store.count(), 'aria-label': words.answered }),
      areaName('p', area));
  }
  function areaName(tag, number) {
    var area = args.areas[number];
    return make(tag, { 'class': 'mige-area-name mige-area-' + (number % 8 + 1) },
      image(area.picture, '', 28), inLanguages(area.text.slice(0, 1)));
  }
  function evidence(statement) {
    var id = args.uid + '-evidence', text = store.get(statement.id).evidence || '';
    var left = make('span', { 'class': 'mige-left' });
    var field = make('textarea', {
      id: id, rows: 3, maxlength: args.longest, dir: 'auto', autocomplete: 'off',
      'aria-labelledby': id + '-name', 'aria-describedby': id + '-help',
      oninput: function () {
        store.set(statement.id, { evidence: field.value }, 700);
        left.textContent = fill(words.left, { n: args.longest - field.value.length });
      },
      onchange: function () { store.flush(); }
    });
    field.value = text;
    return make('details', { 'class': 'mige-evidence', open: !!text }, make('summary', { id: id + '-name' }, words.evidence),
      make('label', { 'for': id, id: id + '-help' }, words.evidenceHelp), field, left);
  }
  /* Open a statement; from the review, the way leads back there. */
  function open(index, fromReview, quietly) {
    var statement = args.statements[index], last = index === args.statements.length - 1;
    function onward() { if (last || fromReview) { review(); } else { open(index + 1); } }
    function backward() { if (index) { open(index - 1); } else { start(); } }
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
        button(fromReview ? words.toReview : words.next, 'mige-primary', onward),
        fromReview ? null : button(words.back, 'mige-second', backward),
        savedMark()),
      make('p', { 'class': 'mige-ways' },
        fromReview ? null : button(words.toReview, 'mige-link', review), button(words.toStart, 'mige-link', start))
    ], quietly);
  }
  function practice() {
    var done = make('p', { 'class': 'mige-well', role: 'status' });
    statementScreen(args.practice, [make('p', { 'class': 'mige-look-back' }, words.practice)], {}, function () {
      done.textContent = words.practiceDone;
    }, [done, make('p', { 'class': 'mige-actions' }, button(words.begin, 'mige-primary', begin),
      button(words.back, 'mige-second', function () { show('start'); }))]);
    current = -1;
  }
  function begin(quietly) {
    var index = store.next(ids());
    if (index < 0) { review(quietly === true); } else { open(index, false, quietly === true); }
  }
  /* The start page as it is now: languages, sharing, my data. Without a connection, as it was. */
  function start() {
    store.flush().then(function () { return post('page', {}); }).then(function (reply) {
      if (root.parentNode) { replace(reply); }
    }, function () { show('start'); });
  }
  function ids() { return args.statements.map(function (each) { return each.id; }); }

  /* ---- all answers, and handing in ---- */

  function answerWords(answer) {
    var level = args.levels.filter(function (each) { return each.value === answer.level; })[0];
    return level ? inLanguages(level.text.slice(0, 1)) : make('span', {}, answer.skip ? words[answer.skip] : words.noAnswer);
  }
  function review(quietly) {
    var place = screen('review'), missing = args.statements.length - store.count(), list = null, area = -1;
    var handIn = button(words.handIn, 'mige-primary', function () { if (missing) { confirm(); } else { send(); } });
    var actions = make('p', { 'class': 'mige-actions' }, store.count() ? handIn : null, savedMark());
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
        make('span', {}, inLanguages(statement.text.slice(0, 1)),
          make('span', { 'class': given ? 'mige-given' : 'mige-open' }, answerWords(store.get(statement.id)))),
        button(given ? words.change : words.answerIt, 'mige-second', function () { open(index, true); },
          fill(given ? words.changeLabel : words.answerLabel, { text: statement.text[0] }))));
    });
    place.appendChild(make('p', {}, words.handInHelp));
    place.appendChild(actions);
    place.appendChild(make('p', { 'class': 'mige-ways' }, button(words.toStart, 'mige-link', start)));
    show('review', quietly === true);

    function confirm() {
      var question = make('p', { tabindex: '-1' }, fill(words.handInMissing, { n: missing }));
      actions.hidden = true;
      place.insertBefore(make('div', { 'class': 'mige-confirm', role: 'group' }, question, make('p', { 'class': 'mige-actions' },
        button(words.missingGo, 'mige-primary', begin), button(words.handInAnyway, 'mige-second', send))), actions);
      question.focus();
    }
    /* Nothing on this screen can be pressed until the server has answered. */
    function send() {
      var buttons = all('[data-screen="review"] button'), sent = {};
      Object.keys(store.all()).forEach(function (id) { sent[id] = store.get(id); });
      buttons.forEach(function (node) { node.disabled = true; });
      notice(words.handingIn);
      post('hand_in', { round: args.round, answers: sent }).then(function (reply) {
        store.forgetThese(sent);
        replace(reply);
      }).catch(function (error) {
        buttons.forEach(function (node) { node.disabled = false; });
        notice(error.refused || words.offline, error.refused ? reload() : null);
      });
    }
  }
  function reload() {
    return button(words.reload, 'mige-second', function () { window.location.reload(); });
  }
  /* Said to screen readers when it changes, and shown beside the buttons of the screen that is open. */
  function saveState(state, message, elsewhere) {
    if (state !== saved && state !== 'saving') { part('saved').textContent = ''; }
    saved = state;
    if (state !== 'saving' && part('saved').textContent !== savedWords()) { part('saved').textContent = savedWords(); }
    all('.mige-saved').forEach(function (node) { node.parentNode.replaceChild(savedMark(), node); });
    if (state === 'refused') { notice(message, reload()); }
    if (elsewhere && elsewhere.length) { changedElsewhere(elsewhere); }
  }
  /* A later answer from another tab or device counts. The screen is drawn anew only where it shows that answer. */
  function changedElsewhere(changed) {
    if (!screen('review').hidden) { review(true); notice(words.changedElsewhere); }
    var isWriting = document.activeElement.tagName === 'TEXTAREA';
    if (current >= 0 && !isWriting && changed.indexOf(args.statements[current].id) >= 0) {
      open(current, false, true);
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

  /* A new page is on its way: nothing is begun or chosen on the old one meanwhile. */
  function languages(changed) {
    var nodes = all('[data-screen="start"] button, [data-screen="start"] select');
    var body = { own: part('own').value, beside: part('beside').value };
    nodes.forEach(function (node) { node.disabled = true; });
    store.flush().then(function () {
      return ask('choose_languages', body, '[data-part="' + changed + '"]');
    }).catch(function () {
      nodes.forEach(function (node) { node.disabled = false; });
      part('own').value = args.languages[0].tag;
      part('beside').value = args.languages[1] ? args.languages[1].tag : '';
    });
  }
  /* The last wish counts, whatever order the replies come in: the server goes by the stamp, we by the number. */
  function share(node) {
    var number = wishes += 1;
    post('share', { shared: node.checked, stamp: clock.now() }).then(function (reply) {
      shared = reply.shared;
      if (number === wishes) { node.checked = shared; notice(''); }
    }, function (error) {
      if (number === wishes) { node.checked = shared; notice(error.refused || words.failed); }
    });
  }
  function changed(event) {
    var name = event.target.getAttribute('data-part');
    if (name === 'own' || name === 'beside') { languages(name); }
    if (name === 'share') { share(event.target); }
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
      'delete': function () { ask('delete_data', {}).then(forgetDevice, function () { /* it has been said */ }); },
      again: function () { ask('start_again', {}).catch(function () { /* it has been said */ }); }
    })[node.getAttribute('data-act')]();
  }
  function view(name) {
    all('[data-view]').forEach(function (node) {
      node.setAttribute('aria-pressed', String(node.getAttribute('data-view') === name));
    });
    all('[data-panel]').forEach(function (node) { node.hidden = node.getAttribute('data-panel') !== name; });
  }

  /* Take what waits on the device away; tells whether there was an answer newer than `stamps` ({id: stamp}) has. */
  function forgetDevice(stamps) {
    return migrempowerWaiting('migrempower:' + args.uid).filter(function (entry) {
      window.localStorage.removeItem(entry.key);
      return stamps && entry.answer.stamp > (stamps[entry.id] || 0);
    }).length > 0;
  }

  /* Whether answers on the device came too late. Only a result takes them away: a deadline may yet be moved, and a
     framework with mistakes will be mended. */
  function leftOver() {
    if (args.stage === 'result') { return forgetDevice(args.stamps); }
    return args.stage !== 'broken' && migrempowerWaiting('migrempower:' + args.uid).length > 0;
  }

  root.addEventListener('click', clicked);
  root.addEventListener('change', changed);
  window.addEventListener('pageshow', cameBack);
  if (args.stage === 'answering') {
    store = migrempowerAnswerStore({
      prefix: 'migrempower:' + args.uid, round: args.round, now: args.now, answers: args.answers,
      fits: function (id, answer) {
        return ids().indexOf(id) >= 0 &&
          (answer.level === undefined || args.levels.some(function (each) { return each.value === answer.level; }));
      },
      send: function (body) { return post('save_answers', body); },
      changed: saveState
    });
    if (voices && voices.addEventListener) { voices.addEventListener('voiceschanged', voicesChanged); }
    if (Object.keys(store.all()).length && !goTo) { begin(true); notice(words.resume); }
  }
  if (store ? store.wasLate() : leftOver()) { notice(words.tooLate); }
  if (goTo) {
    (root.querySelector('[data-screen]:not([hidden]) ' + goTo) || root.querySelector('h2')).focus();
    root.scrollIntoView();
  }
}
