/* Documents as plain data, never changed in place, with the form's description of what may stand in them. */

/* The functions on documents of one form; countries is [[code, name], …]. */
function MigrEmpowerDocuments(form, countries) {
  'use strict';
  function countryName(code) { return (countries.filter(each => each[0] === code)[0] || [0, code])[1]; }
  function at(data, path) {
    return path.reduce((held, key) => (held === undefined || held === null ? undefined : held[key]), data);
  }
  function replaced(data, path, value) {
    if (!path.length) { return value; }
    var copy = Array.isArray(data) ? data.slice() : Object.assign({}, data);
    var part = replaced(copy[path[0]], path.slice(1), value);
    if (part === undefined && !Array.isArray(copy)) { delete copy[path[0]]; } else { copy[path[0]] = part; }
    return copy;
  }
  function fieldsOf(name) { return form.items[name].fields; }
  function fieldOf(name, field) { return fieldsOf(name).filter(each => each.name === field)[0]; }
  function listed(data, field) { return Array.isArray((data || {})[field.name]) ? data[field.name] : []; }
  function nameIn(field, item) {
    return field.mixed ? field.kinds[(item || {}).kind] : field.kinds[Object.keys(field.kinds)[0]];
  }
  /* {name of the item, its data, the field it stands in} at a path that leads to an item; null elsewhere. */
  function itemAt(doc, path) {
    var found = { name: form.root, data: doc, field: null };
    for (var place = 0; place < path.length; place += 1) {
      var field = fieldOf(found.name, path[place]), held = (found.data || {})[path[place]];
      if (!field) { return null; }
      if (field.type === 'one') {
        found = { name: field.item, data: held, field: field };
      } else if (field.type === 'many' && place + 1 < path.length) {
        place += 1;
        held = (held || [])[path[place]];
        found = { name: nameIn(field, held), data: held, field: field };
      } else { return null; }
      if (!held || !found.name) { return null; }
    }
    return found;
  }
  function holds(field) { return field.type === 'many' || field.type === 'one'; }
  function isLeaf(name) { return !fieldsOf(name).some(holds); }
  function leavesOnly(field) {
    return field.type === 'one' ? isLeaf(field.item) : !field.mixed && isLeaf(nameIn(field));
  }
  /* The item whose fields are shown when a path is chosen: leaves of a list of leaves are edited with what holds them. */
  function paneOf(doc, path) {
    for (var end = path.length; end > 0; end -= 1) {
      var found = itemAt(doc, path.slice(0, end));
      if (found && !leavesOnly(found.field)) { return path.slice(0, end); }
    }
    return [];
  }
  function plain(text) { return String(text).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim(); }
  function titleOf(found, languages) {
    var names = ['title', 'question', 'label', 'line', 'left', 'text', 'accept'];
    for (var place = 0; place < names.length; place += 1) {
      var texts = (found.data || {})[names[place]] || {};
      var said = languages.concat(Object.keys(texts)).map(tag => texts[tag]).filter(Boolean)[0];
      if (said) { return ((fieldOf(found.name, names[place]) || {}).type === 'rich' ? plain(said) : String(said)).replace(/^(.{80}).+$/s, '$1…'); }
    }
    if (found.data && found.data.country) { return countryName(found.data.country); }
    return '';
  }
  function callName(found, languages) { return titleOf(found, languages) || form.items[found.name].label; }
  function isEmpty(value) {
    return value === undefined || value === null || value === '' || (typeof value === 'object' && !Object.keys(value).length);
  }
  function same(a, b) { return JSON.stringify(a) === JSON.stringify(b); }
  function languagesOf(doc) { return Array.isArray(doc.languages) && doc.languages.length ? doc.languages : ['en']; }

  /* ---- ids: made once, never given again ---- */

  var given = {};
  function idsIn(data) {
    if (!data || typeof data !== 'object') { return []; }
    var below = Object.keys(data).reduce((found, name) => found.concat(idsIn(data[name])), []);
    return typeof data.id === 'string' ? below.concat(data.id) : below;
  }
  /* Ids that are taken for good, even if what had them goes. */
  function takeIds(data) { idsIn(data).forEach(id => { given[id] = true; }); }
  function newId(prefix) {
    var letters = 'abcdefghjkmnpqrstuvwxyz23456789', id;
    do {
      id = prefix + '-' + Array.from(crypto.getRandomValues(new Uint8Array(5)), each => letters[each % 31]).join('');
    } while (given[id]);
    given[id] = true;
    return id;
  }

  function blank(name, doc) {
    var data = {};
    fieldsOf(name).forEach(field => {
      var item = field.type === 'many' && nameIn(field);
      if (field.type === 'id') { data[field.name] = newId(field.prefix); }
      else if (field.type === 'known-competence') { data[field.name] = ''; }
      else if (field.type === 'number') { data[field.name] = field.start; }
      else if (field.type === 'flag' && field.required) { data[field.name] = true; }
      else if (field.type === 'competence') {
        data[field.name] = ((doc.competences || []).length === 1 && doc.competences[0].id) || undefined;
      } else if (field.type === 'one' && field.required) { data[field.name] = blank(field.item, doc); }
      else if (item && field.least && !field.mixed) {
        data[field.name] = [];
        for (var count = !isLeaf(item) ? 0 : field.name === 'options' ? 2 : field.least; count; count -= 1) {
          data[field.name].push(blank(item, doc));
        }
      }
    });
    if (name === 'Dialogue') {
      data.scenes = [blank('Scene', doc), blank('Scene', doc)];
      data.scenes[0].replies = [blank('Utterance', doc)];
      Object.assign(data.scenes[0].replies[0], { to: data.scenes[1].id, points: 1 });
    }
    if (name === 'Gaps') { data.text = { [languagesOf(doc)[0]]: '{' + data.gaps[0].id + '}' }; }
    return data;
  }
  /* A copy with ids of its own; what refers to them inside follows. */
  function copyOf(data, name) {
    var renamed = {};
    function fresh(item, itemName) {
      var copy = Object.assign({}, item);
      fieldsOf(itemName).forEach(field => {
        if (field.type === 'id' && typeof item.id === 'string') {
          copy.id = newId(field.prefix);
          renamed[item.id] = copy.id;
        } else if (field.type === 'known-competence') {
          copy[field.name] = ''; // one competence stands in a module once
        } else if (field.type === 'one' && item[field.name]) {
          copy[field.name] = fresh(item[field.name], field.item);
        } else if (field.type === 'many') {
          if (item[field.name]) { copy[field.name] = listed(item, field).map(each => fresh(each, nameIn(field, each))); }
        }
      });
      return copy;
    }
    function refer(item, itemName) {
      if (itemName === 'Gaps' && item.text) {
        item.text = Object.keys(item.text).reduce((texts, tag) => Object.assign(texts, {
          [tag]: item.text[tag].replace(/\{([^{}]*)\}/g, (place, id) => (renamed[id] ? '{' + renamed[id] + '}' : place))
        }), {});
      }
      if (renamed[item.to]) { item.to = renamed[item.to]; }
      fieldsOf(itemName).filter(field => field.type === 'many').forEach(field => {
        listed(item, field).forEach(each => { refer(each, nameIn(field, each)); });
      });
      return item;
    }
    return refer(fresh(data, name), name);
  }
  function inserted(doc, listPath, place, item) {
    var list = (at(doc, listPath) || []).slice();
    list.splice(place, 0, item);
    return replaced(doc, listPath, list);
  }
  function without(doc, path) {
    var list = at(doc, path.slice(0, -1));
    if (!Array.isArray(list)) { return replaced(doc, path, undefined); }
    return replaced(doc, path.slice(0, -1), list.filter((_, place) => place !== path[path.length - 1]));
  }
  /* Options and the like belong to their step; competences may go to another area. */
  function staysInStep(doc, listPath) {
    return listPath.some((_, end) => ((itemAt(doc, listPath.slice(0, end)) || {}).field || {}).mixed);
  }
  /* Where an item goes by one step up or down, into the neighbouring list at the ends; null where there is no place. */
  function stepTo(doc, path, by) {
    var listPath = path.slice(0, -1), place = path[path.length - 1], list = at(doc, listPath);
    if (place + by >= 0 && place + by < list.length) { return listPath.concat(place + by); }
    var holder = listPath.slice(0, -1), number = holder[holder.length - 1];
    if (typeof number !== 'number') { return null; }
    var neighbour = holder.slice(0, -1).concat(number + by), other = itemAt(doc, neighbour);
    if (staysInStep(doc, listPath) || !other || !fieldOf(other.name, listPath[listPath.length - 1])) { return null; }
    var field = listPath[listPath.length - 1], length = (other.data[field] || []).length;
    return neighbour.concat(field, by < 0 ? length : 0);
  }
  /* The document without the place of a gap in its text; of other items as it is. */
  function unmarked(doc, path) {
    var holder = path.slice(0, -2), text = (at(doc, holder) || {}).text, found = itemAt(doc, path);
    if (!found || found.name !== 'Gap' || !text) { return doc; }
    return replaced(doc, holder.concat('text'), Object.keys(text).reduce((texts, tag) => Object.assign(texts, {
      [tag]: text[tag].replace('{' + found.data.id + '}', '') }), {}));
  }
  function nextLevel(levels) { return levels.reduce((most, each) => Math.max(most, (each.value || 0) + 1), 0); }
  /* The document with an item taken from one place and put to another, counted before it was taken. */
  function moved(doc, from, to) {
    var item = at(doc, from), less = without(doc, from);
    return inserted(less, to.slice(0, -1), to[to.length - 1], item);
  }

  return {
    at, replaced, fieldsOf, fieldOf, listed, nameIn, itemAt, holds, isLeaf, leavesOnly, paneOf, plain,
    titleOf, callName, isEmpty, same, languagesOf, takeIds, idsIn, newId, blank, copyOf, inserted, without,
    staysInStep, stepTo, unmarked, nextLevel, moved
  };
}
