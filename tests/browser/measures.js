/* What test_accessibility.py measures on a screen; each measure returns what it finds wrong, in words. */
window.measures = (() => {
  'use strict';
  const OURS = '.mige, .mige-report, .mige-report-fold, .mige-studio, .mige-studio-guide';
  const CONTROLS = 'a[href], button, input, select, textarea, summary, audio, video, iframe, [tabindex="0"]';
  const within = selector => [...document.querySelectorAll(OURS)].flatMap(root => [...root.querySelectorAll(selector)]);
  const shown = node => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const words = node =>
    (node.getAttribute('aria-label') || node.innerText || node.id || node.outerHTML).trim().slice(0, 50);
  const controls = () => {
    const question = document.querySelector('dialog[open]'); // nothing behind it can be reached
    return [...new Set(within(CONTROLS))].filter(node => shown(node) && !node.matches(':disabled') &&
      !node.closest('[inert]') && (!question || question.contains(node)));
  };
  /* A box to tick is as large as its label. */
  const target = node => (node.matches('[type="checkbox"], [type="radio"]') && node.closest('label')) || node;
  const scrolls = style => /auto|scroll/.test(style.overflowX + style.overflowY);

  /* [text node, its box] of each line that can be read. */
  function lines() {
    const found = [], range = document.createRange();
    const not = 'option, script, template, textarea, svg, noscript, datalist, .mige-heard, .mige-report-heard';
    for (const root of document.querySelectorAll(OURS)) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        if (!text.nodeValue.trim() || text.parentElement.closest(not) || !shown(text.parentElement)) { continue; }
        range.selectNodeContents(text);
        found.push(...[...range.getClientRects()].filter(box => box.width > 1).map(box => [text, box]));
      }
    }
    return found;
  }
  const said = text => text.nodeValue.trim().slice(0, 40);

  /* Colours. */
  function light(colour) {
    const parts = colour.match(/[\d.]+/g).slice(0, 3).map(each => each / (colour.startsWith('color(') ? 1 : 255));
    return parts.map(each => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
      .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0.05);
  }
  function contrast(one, other) {
    const two = [light(one), light(other)];
    return Math.max(...two) / Math.min(...two);
  }
  function ground(node) {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/[,/] 0\)$/.test(colour)) { return colour; }
    }
    return 'rgb(255, 255, 255)';
  }

  /* What of a control can be seen: of nine points, those that are not covered. */
  function seen(node) {
    const { left, top, width, height } = node.getBoundingClientRect();
    return [0.05, 0.5, 0.95].flatMap(x => [0.05, 0.5, 0.95].map(y => [left + width * x, top + height * y]))
      .filter(([x, y]) => node.contains(document.elementFromPoint(x, y))).length;
  }
  /* The nearest box around a node that scrolls by itself. */
  function scroller(node) {
    for (let at = node.parentElement; at && at !== document.body; at = at.parentElement) {
      if (scrolls(getComputedStyle(at)) && at.scrollHeight > at.clientHeight) { return at; }
    }
    return null;
  }

  return {
    /* Headings go down one level at a time and say something. */
    headings() {
      let last = 1;
      return within('h1, h2, h3, h4, h5, h6').filter(shown).filter(heading => {
        const level = Number(heading.tagName[1]), isWrong = level > last + 1 || !heading.innerText.trim();
        last = level;
        return isWrong && !heading.closest('.mige-report-fold'); // goes on below a page of its own
      }).map(words);
    },
    /* What is named by an id is there, once. */
    ids() {
      const all = [...document.querySelectorAll('[id]')].map(node => node.id);
      const twice = all.filter((id, place) => all.indexOf(id) !== place);
      const named = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'].flatMap(name =>
        within(`[${name}]`).flatMap(node => node.getAttribute(name).split(' ')));
      return [...twice, ...named.filter(id => id && !document.getElementById(id))];
    },
    /* Who speaks to the page says what stands on a button. */
    names() {
      const plain = text => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
      return controls()
        .filter(node => node.matches('a[aria-label], button[aria-label]') && /\p{L}/u.test(node.innerText))
        .filter(node => !plain(node.getAttribute('aria-label')).includes(plain(node.innerText))).map(words);
    },
    /* On a page in Arabic, a text in another script says which language it is in. What a person wrote cannot: it says
       only which way it runs. */
    languages(names) {
      return [...new Set(lines().map(([text]) => text))].filter(text => {
        const node = text.parentElement, { lang } = node.closest('[lang]');
        return lang === 'ar' && /[A-Za-z]{3}/.test(text.nodeValue) && !/[\u0600-\u06ff]{2}/.test(text.nodeValue) &&
          !node.closest('[dir]:not([lang])') && !names.includes(text.nodeValue.trim()) &&
          !/\w\.\w/.test(text.nodeValue);
      }).map(said);
    },
    /* The order of what is read is the order of the page: nothing is turned round, and Tab goes along. */
    order() {
      return within('*').filter(shown).filter(node => {
        const style = getComputedStyle(node);
        return node.tabIndex > 0 || style.order !== '0' || /reverse/.test(style.flexDirection + style.flexWrap) ||
          style.float !== 'none';
      }).map(words);
    },
    /* What can be pressed is so large. */
    targets(least) {
      return controls().map(node => [node, target(node).getBoundingClientRect()])
        .filter(([, box]) => box.width < least - 0.5 || box.height < least - 0.5)
        .map(([node, box]) => `${words(node)} ${Math.round(box.width)}×${Math.round(box.height)}`);
    },
    /* Nothing is cut, stands outside the window or needs scrolling to the side, except in a box that Tab reaches. */
    lost() {
      const found = [], wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      for (const [text, box] of lines()) {
        for (let at = text.parentElement; ; at = at.parentElement) {
          const style = getComputedStyle(at), edge = at.getBoundingClientRect();
          if (scrolls(style)) {
            const isReached = at.scrollWidth <= at.clientWidth + 1 || at.matches('[tabindex="0"]') ||
              at.querySelector(CONTROLS + ', [role="gridcell"]');
            if (!isReached) { found.push(`not reached: ${said(text)}`); }
            break;
          }
          if (at === document.documentElement) {
            if (box.left < -1 || box.right > innerWidth + 1) { found.push(`outside: ${said(text)}`); }
            break;
          }
          if (style.overflow !== 'visible' && style.display !== 'inline' && (box.left < edge.left - 2 ||
              box.right > edge.right + 2 || box.top < edge.top - 3 || box.bottom > edge.bottom + 3)) {
            found.push(`cut: ${said(text)}`);
            break;
          }
        }
      }
      return [...new Set(wide > 0 ? [...found, `${wide} pixels too wide`] : found)];
    },
    /* No text lies on another, but for what stays in sight while the page, or a box that scrolls, goes by below it. */
    overlaps() {
      const stays = '.mige-notice, .mige-report-notice, .mige-actions, footer, table, .mige-outline, .mige-shelf, ' +
        'dialog';
      const all = lines().filter(([text]) => !text.parentElement.closest(stays)), found = [];
      all.forEach(([text, one], place) => all.slice(place + 1).forEach(([other, two]) => {
        const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (text !== other && across > 2 && down > 0.35 * Math.min(one.height, two.height)) {
          found.push(`${said(text)} | ${said(other)}`);
        }
      }));
      return found;
    },
    /* The edges of fields and cards, and a control's ring, stand out from the ground. */
    edges() {
      const fields = controls().filter(node => node.matches('select, textarea, [role="switch"], [role="textbox"], ' +
        'input:not([type="checkbox"], [type="radio"], [type="file"])'));
      return [...fields, ...within('.mige-card').filter(shown)].filter(node =>
        contrast(getComputedStyle(node).borderTopColor, ground(node.parentElement)) < 3).map(words);
    },
    /* Wherever the page stands, what gets the focus has a ring that can be seen and is not covered. */
    focus() {
      const found = [];
      for (const node of controls().filter(each => each.tabIndex >= 0)) {
        const box = target(node);
        for (const edge of ['top', 'bottom']) {
          document.activeElement.blur();
          const inner = scroller(node), place = () => node.getBoundingClientRect();
          if (inner && edge === 'top') { inner.scrollTop += place().top - inner.getBoundingClientRect().top; }
          scrollBy(0, place()[edge] - (edge === 'top' ? 0 : innerHeight));
          node.focus();
          if (document.activeElement !== node) { found.push(`takes no focus: ${words(node)}`); break; }
          if (!seen(box)) { found.push(`covered at the ${edge}: ${words(node)}`); }
        }
        const rings = [node, box].map(each => getComputedStyle(each))
          .filter(style => style.outlineStyle !== 'none');
        if (!rings.some(style => contrast(style.outlineColor, ground(box.parentElement)) >= 3)) {
          found.push(`no ring: ${words(node)}`);
        }
      }
      scrollTo(0, 0);
      return found;
    },
    /* Nothing moves by itself. */
    motion() {
      const lasts = times => times.split(',').some(time => parseFloat(time) > 0);
      return within('*').filter(node => ['', '::before', '::after'].some(part => {
        const style = getComputedStyle(node, part);
        return (lasts(style.transitionDuration) && style.transitionProperty !== 'none') ||
          (lasts(style.animationDuration) && style.animationName !== 'none') || style.scrollBehavior === 'smooth';
      })).map(words);
    }
  };
})();
