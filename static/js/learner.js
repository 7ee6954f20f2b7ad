/* What every learner's page needs; its names and hooks: DEVELOPERS.md. */

var MigrEmpower = {};

/* Undefined where the browser keeps nothing for us. */
MigrEmpower.device = function (action) {
  'use strict';
  try { return action(window.localStorage); } catch (error) { return undefined; }
};

MigrEmpower.waiting = function (prefix) {
  'use strict';
  var found = [];
  MigrEmpower.device(function (storage) {
    Object.keys(storage).forEach(function (key) {
      if (key.indexOf(prefix + ':')) { return; }
      var parts = key.slice(prefix.length + 1).split(':');
      var answer = MigrEmpower.device(function () { return JSON.parse(storage.getItem(key)); });
      if (!answer || !(answer.stamp >= 0)) { answer = { stamp: 0 }; }
      found.push({ key: key, number: Number(parts.shift()), id: parts.join(':'), answer: answer });
    });
  });
  return found;
};

/* One clock stands still while a phone sleeps, one may be set back: the larger counts. */
MigrEmpower.clock = function (now) {
  'use strict';
  var ticks = -Infinity, date = ticks;
  function time() { return Math.round(Math.max(ticks + performance.now(), date + Date.now())); }
  function notBefore(now) {
    if (now > time()) { ticks = now - performance.now(); date = now - Date.now(); }
  }
  notBefore(now);
  return { now: time, notBefore: notBefore };
};

MigrEmpower.store = function (options) {
  'use strict';
  var clock = MigrEmpower.clock(options.now), device = MigrEmpower.device;
  var answers = {}, waiting = {}, newest = 0, late = false, kept = true;
  var sending = false, wait = 1000, timer = null, disposed = false;
  var prefix = options.prefix + ':' + options.number + ':';

  function get(id) { return answers[id] || {}; }
  function isGiven(id) { return options.given(get(id)); }
  function keep(id) {
    kept = !!device(function (storage) { storage.setItem(prefix + id, JSON.stringify(answers[id])); return true; });
  }
  /* A newer one, from another tab perhaps, stays. */
  function forget(id, stamp) {
    device(function (storage) {
      if (!(JSON.parse(storage.getItem(prefix + id)).stamp > stamp)) { storage.removeItem(prefix + id); }
    });
  }
  function stamp() { return (newest = Math.max(newest + 1, clock.now())); }
  function take(id, answer) {
    answers[id] = answer;
    newest = Math.max(newest, answer.stamp);
  }
  function schedule(delay) {
    window.clearTimeout(timer);
    if (!disposed) { timer = window.setTimeout(flush, delay); }
  }
  /* What is no field is sent once, not inherited. */
  function changed(answer, change) {
    var found = {};
    options.fields.concat(Object.keys(change)).forEach(function (name) {
      var value = name in change ? change[name] : answer[name];
      if (value !== undefined && value !== '') { found[name] = value; }
    });
    return found;
  }
  function fields(answer) { return JSON.stringify(changed(answer, {})); }

  function flush() {
    var sent = {}, ids = Object.keys(waiting);
    window.clearTimeout(timer);
    if (disposed || sending || !ids.length) { return Promise.resolve(); } // the reply sends what is new
    ids.forEach(function (id) { sent[id] = answers[id]; });
    sending = true;
    options.changed('saving');
    return options.send(sent).then(function (reply) {
      var elsewhere = [];
      wait = 1000;
      clock.notBefore(reply.now);
      ids.forEach(function (id) {
        var held = reply.answers[id];
        newest = Math.max(newest, held.stamp);
        if (answers[id] === sent[id]) {
          if (fields(held) !== fields(sent[id])) { elsewhere.push(id); }
          forget(id, sent[id].stamp);
          take(id, held);
          delete waiting[id];
        } else if (answers[id].stamp <= held.stamp) {
          answers[id].stamp = stamp();
          keep(id);
        }
      });
      sending = false;
      schedule(0);
      if (options.received) { options.received(reply, sent); }
      options.changed(Object.keys(waiting).length ? 'saving' : 'saved', '', elsewhere);
    }, function (error) {
      sending = false;
      if (error && error.refused) { options.changed('refused', error.refused); return; }
      options.changed('waiting');
      schedule(wait);
      wait = Math.min(wait * 2, 30000);
    });
  }
  function now() { wait = 1000; flush(); }
  function listeners(verb) {
    window[verb]('online', now);
    window[verb]('pagehide', now);
    document[verb]('visibilitychange', now);
  }

  Object.keys(options.answers).forEach(function (id) { take(id, options.answers[id]); });
  MigrEmpower.waiting(options.prefix).forEach(function (entry) {
    var mine = entry.number === options.number && options.fits(entry.id, entry.answer);
    if (mine && !(get(entry.id).stamp >= entry.answer.stamp)) {
      take(entry.id, entry.answer);
      waiting[entry.id] = true;
    } else {
      late = late || !mine;
      device(function (storage) { storage.removeItem(entry.key); });
    }
  });
  listeners('addEventListener');
  schedule(0);

  return {
    get: get,
    all: function () { return answers; },
    count: function () { return Object.keys(answers).filter(isGiven).length; },
    isGiven: isGiven,
    isWaiting: function (id) { return !!waiting[id]; },
    isKept: function () { return kept; },
    wasLate: function () { return late; },
    set: function (id, change, delay) {
      answers[id] = changed(get(id), change);
      answers[id].stamp = stamp();
      waiting[id] = true;
      keep(id);
      options.changed(navigator.onLine === false ? 'waiting' : 'saving');
      schedule(delay || 0);
    },
    flush: flush,
    /* The first open one from the newest answer on, or -1. */
    next: function (ids) {
      var last = ids.reduce(function (best, id, place) {
        return (get(id).stamp || 0) > (get(ids[best]).stamp || 0) ? place : best;
      }, 0);
      return ids.indexOf(ids.slice(last).concat(ids).filter(function (id) { return !isGiven(id); })[0]);
    },
    forgetThese: function (these) {
      Object.keys(these).forEach(function (id) { forget(id, these[id].stamp); delete waiting[id]; });
    },
    dispose: function () {
      disposed = true;
      window.clearTimeout(timer);
      listeners('removeEventListener');
    }
  };
};

MigrEmpower.page = function (runtime, element, start, goTo) {
  'use strict';
  var host = element[0] || element;
  var root = host.querySelector('.mige'), args = argumentsOf(root);
  if (!args) { return null; }
  var words = args.words;
  var clock = MigrEmpower.clock(args.now), prefix = 'migrempower:' + args.uid;
  var recording = null, saved = '', voices = window.speechSynthesis || { getVoices: Array, cancel: said };
  var wishes = 0, shared = !!root.querySelector('[data-part="share"]:checked');
  var my = { root: root, args: args, words: words, store: null, actions: {} };

  function said() { /* it has been said */ }
  my.part = function (name) { return root.querySelector('[data-part="' + name + '"]'); };
  my.screen = function (name) { return root.querySelector('[data-screen="' + name + '"]'); };
  my.all = function (selector) { return Array.from(root.querySelectorAll(selector)); };
  my.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  };
  /* Text is always text, never HTML. */
  my.make = function (tag, attributes) {
    var node = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (typeof value === 'function') { node[name] = value; }
      else if (value || value === 0 || value === '') { node.setAttribute(name, value === true ? '' : value); }
    });
    node.append.apply(node, Array.from(arguments).slice(2).filter(Boolean));
    return node;
  };
  my.button = function (text, look, action, label) {
    return my.make('button', { type: 'button', 'class': look, onclick: action, 'aria-label': label }, text);
  };
  my.image = function (address, alt, size) {
    return address ? my.make('img', { src: address, alt: alt || '', width: size, height: size }) : null;
  };
  /* Quietly: without taking focus or scroll. */
  my.show = function (name, quietly) {
    my.all('[data-screen]').forEach(function (each) { each.hidden = each !== my.screen(name); });
    my.hush();
    my.notice('');
    if (quietly) { return; }
    my.screen(name).querySelector('h2').focus();
    if (root.getBoundingClientRect().top < 0) { root.scrollIntoView(); }
    // The second tap of a double tap must choose nothing here.
    root.classList.add('mige-fresh');
    window.setTimeout(function () { root.classList.remove('mige-fresh'); }, 350);
  };
  my.notice = function (text, action) {
    var place = root.querySelector('.mige-notice'), box;
    place.textContent = text;
    place.hidden = !text;
    if (action) { place.append(action); }
    box = place.getBoundingClientRect();
    if (text && (box.bottom < 0 || box.top > window.innerHeight)) { place.scrollIntoView({ block: 'center' }); }
  };
  my.reload = function () {
    return my.button(words.reload, 'mige-second', function () { window.location.reload(); });
  };

  my.post = function (handler, body) {
    var stop = new AbortController(), timer = window.setTimeout(function () { stop.abort(); }, 20000);
    var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/), text = JSON.stringify(body);
    return fetch(runtime.handlerUrl(host, handler), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token ? decodeURIComponent(token[1]) : '' },
      body: text, keepalive: text.length < 60000, signal: stop.signal
    }).then(function (reply) {
      return reply.json().then(function (data) {
        if (!reply.ok) { throw { refused: reply.status < 500 && data.error }; }
        return data;
      });
    }).finally(function () { window.clearTimeout(timer); });
  };
  function flush() { return my.store ? my.store.flush() : Promise.resolve(); }
  my.latest = function () { return flush().then(function () { return my.post('page', {}); }); };
  my.ask = function (handler, body, selector) {
    my.notice(words.loading);
    return my.post(handler, body).then(function (reply) { my.replace(reply, selector); }).catch(function (error) {
      my.notice(error.refused || words.failed);
      throw error;
    });
  };
  function argumentsOf(page) {
    var data = page.querySelector('script[type="application/json"]');
    return data && JSON.parse(data.textContent);
  }
  function parsed(reply) {
    var holder = my.make('template');
    holder.innerHTML = reply.html; // from our own handler, escaped there
    return holder.content.firstElementChild;
  }
  my.replace = function (reply, selector) {
    if (!root.parentNode) { return; }
    if (my.leaving) { my.leaving(); }
    if (my.store) { my.store.dispose(); }
    my.hush();
    listeners('removeEventListener');
    root.replaceWith(parsed(reply));
    start(runtime, element, selector === undefined ? 'h2' : selector);
  };
  function state(of) { return JSON.stringify([of.stage, of.round, of.run, of.stamps, of.languages]); }
  function isNewer(other) {
    return state(other) !== state(args) || (my.store && Object.keys(other.answers).some(function (id) {
      return !(my.store.get(id).stamp >= other.answers[id].stamp);
    })) || (my.isNewer && my.isNewer(other));
  }
  /* A page the browser kept may be older than what the server has. */
  function cameBack(event) {
    var entry = performance.getEntriesByType('navigation')[0];
    if (event.persisted || (entry && entry.type === 'back_forward')) {
      my.latest().then(function (reply) {
        if (isNewer(argumentsOf(parsed(reply)))) { my.replace(reply, null); }
      }, said);
    }
  }

  function voice(language) {
    return voices.getVoices().filter(function (each) {
      return each.lang.toLowerCase().split(/[-_]/)[0] === language.split('-')[0];
    })[0];
  }
  my.hush = function () {
    if (recording) { recording.pause(); }
    voices.cancel();
  };
  my.listen = function (text, language, address) {
    var node = my.button('', 'mige-listen', function () {
      var utterance;
      my.hush();
      if (address) {
        recording = new Audio(address);
        recording.play().catch(function (error) { if (error.name !== 'AbortError') { my.notice(words.failed); } });
        return;
      }
      utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = language;
      utterance.voice = voice(language);
      voices.speak(utterance);
    }, my.fill(words.listen, { text: text }));
    if (!address) { node.setAttribute('data-speaks', language); node.hidden = !voice(language); }
    return node;
  };
  my.sayings = function (container) {
    container.querySelectorAll('[data-say]').forEach(function (node) {
      if (!words.listen || (node.nextElementSibling || node).matches('.mige-listen')) { return; }
      node.after(my.listen(node.textContent.trim(), node.getAttribute('data-say'), node.getAttribute('data-audio')));
    });
  };
  function voicesChanged() {
    my.all('[data-speaks]').forEach(function (node) { node.hidden = !voice(node.getAttribute('data-speaks')); });
  }

  my.open = function (options) {
    var changed = options.changed;
    my.store = MigrEmpower.store(Object.assign(options, {
      prefix: prefix, now: args.now, answers: args.answers,
      changed: function (state, message, elsewhere) {
        my.saveState(state, message);
        if (changed) { changed(state, message, elsewhere); }
      }
    }));
    return my.store;
  };
  my.saveState = function (state, message) {
    var region = my.part('saved'), text;
    saved = state;
    text = state === 'saving' ? '' : savedWords();
    if (region.textContent !== text) { region.textContent = text; }
    my.all('.mige-saved').forEach(function (node) { node.replaceWith(my.savedMark()); });
    if (state === 'refused') { my.notice(message, my.reload()); }
  };
  function savedWords() {
    return saved === 'waiting' && !my.store.isKept() ? words.waitingOpen : words[saved] || '';
  }
  my.savedMark = function () {
    return my.make('span', { 'class': 'mige-saved mige-saved-' + saved, 'aria-hidden': 'true' }, savedWords());
  };
  my.forgetDevice = function (stamps) {
    return MigrEmpower.waiting(prefix).filter(function (entry) {
      window.localStorage.removeItem(entry.key);
      return stamps && entry.answer.stamp > (stamps[entry.id] || 0);
    }).length;
  };
  /* Only a result takes answers away: a deadline may yet be moved, a document mended. */
  my.leftOver = function () {
    return args.stage === 'result' ? my.forgetDevice(args.stamps) : args.stage !== 'broken' && MigrEmpower.waiting(prefix).length;
  };

  /* Nothing is begun or chosen on a page about to go. */
  function languages(select) {
    var nodes = my.all('button:enabled, select:enabled'), body = { own: my.part('own').value, beside: my.part('beside').value };
    nodes.forEach(function (node) { node.disabled = true; });
    flush().then(function () {
      return my.ask('choose_languages', body, '[data-part="' + select.getAttribute('data-part') + '"]');
    }).catch(function () {
      nodes.forEach(function (node) { node.disabled = false; });
      select.value = (select.querySelector('[selected]') || select[0]).value;
    });
  }
  /* The last wish counts, whatever order the replies come in. */
  function share(node) {
    var number = wishes += 1;
    my.post('share', { shared: node.checked, stamp: clock.now() }).then(function (reply) {
      shared = reply.shared;
    }, function (error) { return error.refused || words.failed; }).then(function (text) {
      if (number === wishes) { node.checked = shared; my.notice(text); }
    });
  }
  function confirm(open, next) {
    my.part('confirm').hidden = !open;
    root.querySelector(next).focus();
  }
  var actions = {
    own: languages,
    beside: languages,
    share: share,
    print: function () { window.print(); },
    'ask-delete': function () { confirm(true, '[data-part="confirm"] [tabindex]'); },
    keep: function () { confirm(false, '[data-act="ask-delete"]'); },
    'delete': function () { my.ask('delete_data', {}).then(my.forgetDevice, said); },
    again: function () { my.ask('start_again', {}).catch(said); }
  };
  my.finish = function () {
    if (my.store ? my.store.wasLate() : my.leftOver()) { my.notice(words.tooLate); }
    if (goTo) {
      (root.querySelector('[data-screen]:not([hidden]) ' + goTo) || root.querySelector('h2')).focus();
      root.scrollIntoView();
    }
  };
  function listeners(verb) {
    window[verb]('pageshow', cameBack);
    if (voices[verb]) { voices[verb]('voiceschanged', voicesChanged); }
  }

  function acting(attribute) {
    return function (event) {
      var node = event.target.closest('[' + attribute + ']'), name = node && node.getAttribute(attribute);
      var action = my.actions[name] || actions[name];
      if (action) { action(node); }
    };
  }
  root.addEventListener('click', acting('data-act'));
  root.addEventListener('change', acting('data-part'));
  listeners('addEventListener');
  my.sayings(root);
  return my;
};
