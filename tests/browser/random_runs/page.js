/* What a run has in each page before the page's own scripts: a clock and a storage that misbehave, the hands
   that press and write, and the eyes that see what the page says about itself. */
(() => {
  'use strict';
  const date = Date.now, ticks = performance.now.bind(performance), setItem = Storage.prototype.setItem;
  let shift = 0, slept = 0, asleep = null, full = false;
  Date.now = () => date() + shift;
  performance.now = () => (asleep === null ? ticks() : asleep) - slept;
  Storage.prototype.setItem = function (key, value) { // what takes no more room than before has room
    if (full && value.length > (this.getItem(key) || '').length) { throw new DOMException('full', 'QuotaExceededError'); }
    setItem.call(this, key, value);
  };

  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const visible = selector => all(selector).find(node => node.checkVisibility());
  const button = (...texts) => all('button').find(
    node => node.checkVisibility() && !node.disabled && texts.includes(node.textContent.trim()));
  const press = node => { if (node) { node.click(); } return !!node; };
  const screen = () => (visible('[data-screen]') || {dataset: {}}).dataset.screen || '';

  /* ---- eyes ---- */

  /* "number" is that of the newest answer given in this page, "saved" and "kept" of the newest that it was told to be
     saved, or kept on the device; "lag" how many milliseconds the page's clock may be behind the server's. */
  const seen = {number: 0, saved: 0, kept: 0, lag: 0};
  let known = null;
  function measure() {
    known = document.querySelector('.mige script[type="application/json"]');
    if (known) { seen.lag = date() - JSON.parse(known.textContent).now; }
  }
  function look() {
    const mark = visible('.mige-saved'), text = mark ? mark.textContent : '';
    if (text === 'Saved') { seen.saved = seen.number; }
    if (text.includes('kept on this device')) { seen.kept = seen.number; }
    if (talked().startsWith('Saved.') || talked().startsWith('Your trainer sees')) { seen.saved = seen.number; }
    if (known && known !== document.querySelector('.mige script[type="application/json"]')) { measure(); }
  }
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  window.addEventListener('load', measure);

  function statement() {
    const count = (visible('.mige-count') || {textContent: ''}).textContent.match(/Question (\d+) of/);
    const place = document.querySelector('[data-screen=statement]');
    if (screen() !== 'statement' || !count) { return null; }
    const choice = place.querySelector('input:checked'), note = place.querySelector('textarea');
    return {place: Number(count[1]) - 1, value: [choice ? choice.value : '', note.value]};
  }
  function step() {
    const section = visible('[data-form]');
    if (!section) { return null; }
    const read = {
      options: () => all('input:checked', section).map(input => input.value).sort(),
      ordering: () => all('[data-name]', section).map(item => item.dataset.name),
      dialogue: () => all('.mige-said', section).map(said => said.dataset.name),
      writing: () => section.querySelector('textarea').value.trim()
    };
    read.matching = read.gaps = () => Object.fromEntries(all('[data-name]', section)
      .map(field => [field.dataset.name, field.value.trim()]).filter(pair => pair[1]));
    const outcome = section.querySelector('.mige-outcome'), points = outcome && outcome.textContent.match(/([\d.]+) of/);
    return {
      id: section.dataset.screen, form: section.dataset.form, value: (read[section.dataset.form] || (() => true))(),
      tries: Number(section.dataset.tries || 0), closed: 'closed' in section.dataset,
      ended: section.dataset.form === 'dialogue' && !section.querySelector('fieldset'),
      points: points ? Number(points[1]) : null
    };
  }
  /* Counselling: what the page says; what stands in the trainer's form; what the learner finds. */
  function talked() {
    const place = visible('.mige-report-notice') || visible('.mige-notice');
    return place ? place.textContent : '';
  }
  function form() {
    const place = visible('[data-part=view]'), found = {levels: {}, notes: {}, steps: [], comment: ''};
    if (!place) { return null; }
    all('[data-competence]', place).forEach(each => {
      const level = each.querySelector('[data-field=level]').value, notes = {};
      if (level) { found.levels[each.dataset.competence] = Number(level); }
      all('textarea', each).filter(area => area.value.trim()).forEach(
        area => { notes[area.dataset.field] = area.value.trim(); });
      if (Object.keys(notes).length) { found.notes[each.dataset.competence] = notes; }
    });
    found.steps = all('[data-step] [data-field=text]', place).map(field => field.value.trim()).filter(Boolean);
    found.comment = place.querySelector('[data-field=comment]').value.trim();
    return found.comment || found.steps.length || Object.keys({...found.levels, ...found.notes}).length ? found : {};
  }
  const answers = () => Object.fromEntries(all('.mige-counsel').map(each =>
    [each.querySelector('[data-session]').dataset.session, each.querySelector('textarea').value]));

  function eyes() {
    look();
    const notice = visible('.mige-notice'), mark = visible('.mige-saved'), said = visible('[data-part=view] [data-part=said]');
    return {
      ...seen, screen: screen(), notice: notice ? notice.textContent : '', mark: mark ? mark.textContent : '',
      statement: statement(), step: step(), form: form(), said: said ? said.textContent : '', talked: talked(),
      answers: answers()
    };
  }
  /* Whether nothing is on its way or waits. */
  function idle() {
    const mark = document.querySelector('.mige-saved');
    return (!mark || /saved-(saved)?$/.test(mark.className)) && !entries().length;
  }
  function entries() {
    try { return Object.keys(localStorage).filter(key => key.startsWith('migrempower:')); } catch { return []; }
  }

  /* ---- hands: where an answer was given, they return it ---- */

  function write(field, text) {
    if (field.closest('details')) { field.closest('details').open = true; }
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
    return true;
  }
  const counsel = chance => {
    const place = pick(all('.mige-counsel'), chance);
    if (!place || place.closest('[inert]')) { return null; }
    place.querySelector('details').open = true;
    return place;
  };
  const pick = (list, chance) => list[Math.floor(chance * list.length)];
  const hands = {
    begin: () => { press(visible('[data-act=begin]')); },
    review: () => { hands.begin(); press(button('See all answers')); },
    statement: place => { hands.review(); press(all('.mige-review button')[place]); },
    next: () => {
      hands.begin();
      if (screen() === 'statement') { press(visible('.mige-primary')); }
      press(button('Go to the next question without an answer'));
    },
    start: () => { press(button('Languages, sharing, my data', 'Languages, country, sharing, my data')); },
    choose: chance => statement() &&
      press(pick(all('[data-screen=statement] input[type=radio]:not(:checked)'), chance)) && statement(),
    note: text => statement() && write(document.querySelector('[data-screen=statement] textarea'), text) && statement(),
    leave: () => { if (document.activeElement) { document.activeElement.blur(); } },
    handIn: () => {
      hands.review();
      press(button('Hand in'));
      press(button('Hand in anyway'));
    },

    overview: () => { hands.begin(); press(button('All steps')); },
    step: place => { hands.overview(); press(all('.mige-steps button')[place]); },
    onward: () => { press(button('Next', 'Skip', 'To the end')); },
    reply: (chance, text) => {
      const section = visible('[data-form]');
      if (!section) { return null; }
      const field = pick(all('[data-name]:enabled', section), chance), again = (7 * chance) % 1;
      const act = {
        options: () => press(pick(all('input:enabled:not([type=radio]:checked)', section), chance)),
        ordering: () => { // where the first cannot go up, nor the last down
          const before = String(step().value);
          press(pick(all('[data-act=move]:enabled', section), chance));
          return String(step().value) !== before;
        },
        matching: () => field && write(field, pick([...field.options].slice(1), again).value),
        gaps: () => field && write(field, field.options ? pick([...field.options].slice(1), again).value : text),
        dialogue: () => {
          press(pick(all('input:enabled', section), chance));
          return press(button('Say this', 'Talk again from the beginning'));
        },
        writing: () => write(section.querySelector('textarea'), text)
      }[section.dataset.form];
      if (act) { return act() && step(); }
      hands.onward();
      return {id: section.dataset.screen, form: section.dataset.form, value: true};
    },
    check: () => {
      const shown = step(), isEmpty = !shown || !Object.keys(shown.value).length;
      return press(button('Check', 'Check again', 'I have done this')) && !isEmpty && {...shown, check: true};
    },
    finish: () => {
      hands.overview();
      press(button('Finish and see my result'));
      press(button('Finish anyway'));
    },

    report: () => {
      document.querySelector('.mige-report-fold').open = true;
      if (!visible('.mige-report-body h3, [aria-busy]')) { press(visible('[data-act=part]')); }
    },
    learner: id => { if (!visible('[aria-busy]')) { press(visible(`[data-learner="${id}"]`)); } },
    say: (field, chance, text) => {
      const place = visible('[data-part=view]');
      if (!place || place.inert) { return; }
      const node = pick(all(`[data-field=${field}]`, place), chance);
      if (node.closest('[hidden]')) { return; }
      write(node, node.options ? pick([...node.options].slice(1), (7 * chance) % 1).value : text);
    },
    save: () => {
      const place = visible('[data-part=view]'), value = form();
      return place && !place.inert && value.comment && press(button('Save and show to the learner')) && {id: 'view', value};
    },
    throwAway: () => { press(button('Throw away what is not saved')); },
    back: () => { press(button('Back', 'Back to the report')); },
    answer: (chance, text) => {
      const place = counsel(chance);
      if (place) { write(place.querySelector('textarea'), text); }
    },
    send: chance => {
      const place = counsel(chance), button = place && place.querySelector('[data-session]');
      return press(button) && {id: button.dataset.session, value: place.querySelector('textarea').value};
    }
  };

  window.run = {
    eyes, idle, entries,
    act: (number, steps) => {
      const given = steps.map(([name, ...how]) => hands[name](...how)).filter(Boolean).pop();
      if (given) { seen.number = number; }
      return {...eyes(), given};
    },
    online: () => { window.dispatchEvent(new Event('online')); },
    clock: by => { shift = by; },
    sleep: () => { asleep = ticks(); },
    wake: () => { if (asleep !== null) { slept += ticks() - asleep; asleep = null; } },
    fill: is => { full = is; }
  };
})();
