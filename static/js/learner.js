/* What any learner's page needs: see DEVELOPERS.md. */
'use strict';

var MigrEmpower = {};

/* Undefined where the browser keeps nothing for us. */
MigrEmpower.device = action => {
  try { return action(window.localStorage); } catch (error) { return undefined; }
};

MigrEmpower.waiting = prefix => MigrEmpower.device(storage =>
  Object.keys(storage).filter(key => key.startsWith(prefix + ':')).map(key => {
    var [number, ...id] = key.slice(prefix.length + 1).split(':');
    var answer = MigrEmpower.device(() => JSON.parse(storage[key]));
    return { key, number: Number(number), id: id.join(':'), answer: answer && answer.stamp >= 0 ? answer : { stamp: 0 } };
  })) || [];

/* One clock stands still while a phone sleeps, one may be set: the larger counts, until the server knows whether
   the lead of the second, in milliseconds, was sleep. */
MigrEmpower.clock = now => {
  var ticks, date;
  function set(now) { ticks = now - performance.now(); date = now - Date.now(); }
  set(now);
  return {
    set,
    now: () => Math.round(Math.max(ticks + performance.now(), date + Date.now())),
    lead: () => {
      var lead = date + Date.now() - ticks - performance.now();
      return lead < 2000 ? 0 : Math.round(lead);
    }
  };
};

MigrEmpower.store = options => {
  var clock = MigrEmpower.clock(options.now), device = MigrEmpower.device;
  var answers = options.answers, waiting = {}, kept = {}, elsewhere = [], late = false;
  var sending = null, wait = 1000, timer = null, disposed = false;
  var prefix = options.prefix + ':' + options.number + ':';

  function get(id) { return answers[id] || {}; }
  /* With the lead its stamp may have. */
  function hold(id) { waiting[id] = answers[id].stamp > clock.now() - clock.lead() && clock.lead(); }
  function keep(id) {
    hold(id);
    device(storage => {
      storage.setItem(prefix + id, JSON.stringify(answers[id]));
      kept[id] = answers[id].stamp;
    });
  }
  function schedule(delay) {
    clearTimeout(timer);
    if (!disposed) { timer = setTimeout(flush, delay); }
  }
  /* What is no field is sent once, not inherited. */
  function changed(answer, change) {
    var found = {};
    options.fields.concat(Object.keys(change)).forEach(name => {
      var value = name in change ? change[name] : answer[name];
      if (value !== undefined && value !== '') { found[name] = value; }
    });
    return found;
  }
  function fields(answer) { return JSON.stringify(changed(answer, {})); }

  /* What the device keeps, also of other tabs. */
  function gather() {
    MigrEmpower.waiting(options.prefix).forEach(entry => {
      var id = entry.id, stamp = entry.answer.stamp, mine = entry.number === options.number;
      var isNew = mine && kept[id] !== stamp && !(get(id).stamp >= stamp);
      if (isNew && options.fits(id, entry.answer)) {
        answers[id] = entry.answer;
        kept[id] = stamp;
        hold(id);
        elsewhere.push(id);
      } else if (!(entry.number > options.number || mine && id in waiting)) { // the page may be older
        late = late || !mine || isNew;
        device(storage => { storage.removeItem(entry.key); });
      }
    });
  }

  function flush() {
    var sent = {}, asked = clock.now(), ids;
    clearTimeout(timer);
    gather();
    ids = Object.keys(waiting);
    if (disposed || !ids.length) { return Promise.resolve(); }
    if (sending) { return sending; } // its reply sends what is new
    if (Math.max(clock.lead(), ...Object.values(waiting))) { ids = []; }
    ids.forEach(id => { sent[id] = answers[id]; });
    options.changed('saving');
    sending = options.send(sent).then(reply => {
      var slept = asked > reply.now ? 0 : clock.lead(), now = clock.now() - clock.lead() + slept;
      ids.forEach(id => {
        var held = reply.answers[id];
        if (answers[id] === sent[id]) {
          if (fields(held) !== fields(sent[id])) { elsewhere.push(id); }
          answers[id] = held;
          delete waiting[id];
        }
      });
      if (!ids.length || reply.now > now) {
        clock.set(Math.max(reply.now, now));
        Object.keys(waiting).forEach(id => {
          answers[id].stamp -= Math.max(0, waiting[id] - slept);
          keep(id);
        });
      }
      sending = null;
      wait = 1000;
      gather();
      schedule(0);
      if (options.received) { options.received(reply, sent); }
      options.changed(Object.keys(waiting).length ? 'saving' : 'saved', '', elsewhere.splice(0));
    }, error => {
      sending = null;
      if (error.refused) { options.changed('refused', error.refused); return; }
      options.changed('waiting');
      schedule(wait);
      wait = Math.min(wait * 2, 30000);
    });
    return sending;
  }
  function now() { wait = 1000; flush(); }
  function listeners(verb) {
    window[verb]('online', now);
    window[verb]('pagehide', now);
    document[verb]('visibilitychange', now);
  }

  gather();
  elsewhere = [];
  listeners('addEventListener');
  schedule(0);

  return {
    get,
    all: () => { gather(); return answers; },
    isWaiting: id => id in waiting,
    isKept: () => Object.keys(waiting).every(id => kept[id] === answers[id].stamp),
    wasLate: () => late,
    set: (id, change, delay) => {
      answers[id] = { ...changed(get(id), change), stamp: Math.max(clock.now(), get(id).stamp + 1 || 0) };
      keep(id);
      options.changed(navigator.onLine === false ? 'waiting' : 'saving');
      schedule(delay || 0);
    },
    flush,
    dispose: (handedIn = {}) => {
      Object.keys(waiting).forEach(id => { if (answers[id] === handedIn[id]) { delete waiting[id]; } });
      gather();
      disposed = true;
      clearTimeout(timer);
      listeners('removeEventListener');
    }
  };
};

MigrEmpower.fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/* Text is always text, never HTML. */
MigrEmpower.make = (tag, attributes, ...children) => {
  var node = document.createElement(tag);
  Object.keys(attributes || {}).forEach(name => {
    var value = attributes[name];
    if (typeof value === 'function') { node[name] = value; }
    else if (value || value === 0 || value === '') { node.setAttribute(name, value === true ? '' : value); }
  });
  node.append(...children.filter(Boolean));
  return node;
};

/* A reply without the "wish" is somebody else's. */
MigrEmpower.poster = (runtime, host, words) => (handler, body, wish = 'html') => {
  var stop = new AbortController(), timer = setTimeout(() => { stop.abort(); }, 20000);
  var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/), text = JSON.stringify(body);
  return fetch(runtime.handlerUrl(host, handler), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token ? decodeURIComponent(token[1]) : '' },
    body: text, keepalive: text.length < 60000, signal: stop.signal
  }).then(reply => reply.json().catch(() => ({})).then(data => {
    if (reply.ok && wish in data) { return data; }
    throw { refused: /^4(?!29)/.test(reply.status) && (data.error || words.signIn) };
  })).finally(() => { clearTimeout(timer); });
};

MigrEmpower.page = (runtime, element, start, goTo) => {
  var host = element[0] || element;
  var root = host.querySelector('.mige'), args = argumentsOf(root);
  if (!args) { return null; }
  var words = args.words;
  var clock = MigrEmpower.clock(args.now), prefix = 'migrempower:' + args.uid;
  var recording = null, saved = '', voices = window.speechSynthesis || { getVoices: Array, cancel: ignore };
  var wishes = 0, shared = !!root.querySelector('[data-part="share"]:checked');
  var my = { root, args, words, clock, store: null, actions: {} };

  function ignore() {}
  my.part = name => root.querySelector('[data-part="' + name + '"]');
  my.screen = name => root.querySelector('[data-screen="' + name + '"]');
  my.all = selector => Array.from(root.querySelectorAll(selector));
  my.fill = MigrEmpower.fill;
  my.make = MigrEmpower.make;
  my.button = (text, look, action, label) =>
    my.make('button', { type: 'button', class: look, onclick: action, 'aria-label': label }, text);
  /* Quietly: without taking focus or scroll. */
  my.show = (name, quietly) => {
    my.all('[data-screen]').forEach(each => { each.hidden = each !== my.screen(name); });
    my.hush();
    my.notice('');
    if (quietly) { return; }
    my.screen(name).querySelector('h2').focus();
    if (root.getBoundingClientRect().top < 0) { root.scrollIntoView(); }
    // A second tap must choose nothing here.
    root.classList.add('mige-fresh');
    setTimeout(() => { root.classList.remove('mige-fresh'); }, 350);
  };
  my.notice = (text, action) => {
    var place = root.querySelector('.mige-notice');
    place.textContent = text;
    if (action) { place.append(action); }
    if (text) { place.scrollIntoView({ block: 'nearest' }); }
  };
  my.reload = () => my.button(words.reload, 'mige-second', () => { location.reload(); });

  my.post = MigrEmpower.poster(runtime, host, words);
  /* A page does not go while it alone holds an answer. */
  function alone() { return my.store && !my.store.isKept(); }
  function flush() {
    return Promise.resolve(my.store && my.store.flush()).then(() => {
      if (alone()) { my.notice(words.waitingOpen); throw my; }
    });
  }
  my.latest = () => flush().then(() => my.post('page', {})).then(reply => alone() ? my.latest() : reply);
  my.ask = (handler, body, selector) => {
    my.notice(words.loading);
    return my.post(handler, body).then(reply => { my.replace(reply, selector); }).catch(error => {
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
    holder.innerHTML = reply.html; // ours, escaped there
    return holder.content.firstElementChild;
  }
  my.replace = (reply, selector, sent) => {
    if (!root.parentNode) { return; }
    if (my.leaving) { my.leaving(); }
    if (my.store) { my.store.dispose(sent); }
    my.hush();
    listeners('removeEventListener');
    root.replaceWith(parsed(reply));
    start(runtime, element, selector === undefined ? 'h2' : selector);
  };
  function state(of) { return JSON.stringify([of.stage, of.round, of.run, of.stamps, of.languages]); }
  function isNewer(other) {
    return state(other) !== state(args) || (my.store && Object.keys(other.answers).some(id => !(my.store.get(id).stamp >= other.answers[id].stamp))) || (my.isNewer && my.isNewer(other));
  }
  /* A page the browser kept may be old. */
  function cameBack(event) {
    var entry = performance.getEntriesByType('navigation')[0];
    if (event.persisted || (entry && entry.type === 'back_forward')) {
      my.latest().then(reply => {
        if (isNewer(argumentsOf(parsed(reply)))) { my.replace(reply, null); }
      }).catch(ignore);
    }
  }

  function voice(language) {
    return voices.getVoices().find(each => each.lang.toLowerCase().split(/[-_]/)[0] === language.split('-')[0]);
  }
  my.hush = () => {
    if (recording) { recording.pause(); }
    voices.cancel();
  };
  my.listen = (text, language, address) => {
    var node = my.button('', 'mige-listen', () => {
      var utterance;
      my.hush();
      if (address) {
        recording = new Audio(address);
        recording.play().catch(error => { if (error.name !== 'AbortError') { my.notice(words.failed); } });
        return;
      }
      utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = language;
      utterance.voice = voice(language);
      voices.speak(utterance);
    }, my.fill(words.listen, { text }));
    if (!address) { node.setAttribute('data-speaks', language); node.hidden = !voice(language); }
    return node;
  };
  my.sayings = container => {
    container.querySelectorAll('[data-say]').forEach(node => {
      var place = node.closest('label, h2') || node.closest('.mige-texts') || node;
      if (!words.listen || (place.nextElementSibling || place).matches('.mige-listen')) { return; }
      place.after(my.listen(node.textContent.trim(), node.getAttribute('data-say'), node.getAttribute('data-audio')));
    });
  };
  function voicesChanged() {
    my.all('[data-speaks]').forEach(node => { node.hidden = !voice(node.getAttribute('data-speaks')); });
  }

  my.open = options => {
    return (my.store = MigrEmpower.store({
      ...options, prefix, now: args.now, answers: args.answers,
      changed: (state, message, elsewhere) => {
        my.saveState(state, message);
        options.changed(state, message, elsewhere);
      }
    }));
  };
  my.saveState = (state, message) => {
    var region = my.part('saved'), text;
    saved = state;
    text = state === 'saving' ? '' : savedWords();
    if (region.textContent !== text) { region.textContent = text; }
    my.all('.mige-saved').forEach(node => { node.replaceWith(my.savedMark()); });
    if (state === 'refused') { my.notice(message, my.reload()); }
  };
  function savedWords() {
    return saved === 'waiting' && alone() ? words.waitingOpen : words[saved] || '';
  }
  my.savedMark = () => my.make('span', { class: 'mige-saved mige-saved-' + saved, 'aria-hidden': 'true' }, savedWords());
  my.forgetDevice = stamps => MigrEmpower.waiting(prefix).filter(entry => {
    if (stamps && entry.number > (args.round || args.run)) { return false; } // the page may be older
    window.localStorage.removeItem(entry.key);
    return stamps && entry.answer.stamp > (stamps[entry.id] || 0);
  }).length;
  /* Only a result takes answers away: a deadline may be moved. */
  my.leftOver = () => (args.stage === 'result' ? my.forgetDevice(args.stamps)
    : args.stage !== 'broken' && MigrEmpower.waiting(prefix).length);

  function languages(select) {
    my.choose(select, 'choose_languages', { own: my.part('own').value, beside: my.part('beside').value });
  }
  /* Nothing is begun or chosen on a page about to go; or it goes on, where the focus was. */
  my.rest = () => {
    var nodes = my.all('button:enabled, select:enabled'), focus = document.activeElement;
    nodes.forEach(node => { node.disabled = true; });
    return () => { nodes.forEach(node => { node.disabled = false; }); focus.focus(); };
  };
  my.choose = (select, handler, body) => {
    var goOn = my.rest();
    flush().then(() => my.ask(handler, body, '[data-part="' + select.getAttribute('data-part') + '"]')).catch(() => {
      goOn();
      select.value = (select.querySelector('[selected]') || select[0]).value;
    });
  };
  /* The last wish counts. */
  function share(node) {
    var number = wishes += 1;
    my.post('share', { shared: node.checked, stamp: clock.now() }, 'shared').then(reply => {
      shared = reply.shared;
    }, error => error.refused || words.failed).then(text => {
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
    share,
    print: () => { window.print(); },
    'ask-delete': () => { confirm(true, '[data-part="confirm"] [tabindex]'); },
    keep: () => { confirm(false, '[data-act="ask-delete"]'); },
    delete: () => { my.ask('delete_data', {}).then(my.forgetDevice, ignore); },
    again: () => { my.ask('start_again', {}).catch(ignore); }
  };
  my.finish = () => {
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
    return event => {
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
