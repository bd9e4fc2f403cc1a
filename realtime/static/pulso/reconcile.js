/** How do a list's elements follow its items? One element per item, kept while its key stays. */

const kept = new WeakMap();

/**
 * Make `parent` hold one element per item, in order. `keyOf(item, index)` names an item; of two with one key, each
 * keeps its place among them. `create(item)` makes an element, `update(element, item, isNew)` fills it.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  const seen = new Map();
  for (const [index, item] of items.entries()) {
    const name = keyOf(item, index);
    const turn = seen.get(name) ?? 0;
    seen.set(name, turn + 1);
    const key = `${turn} ${name}`;
    const known = before.get(key);
    const element = known ?? create(item);
    before.delete(key);
    after.set(key, element);
    update(element, item, known === undefined);
  }
  for (const element of before.values()) element.remove();
  let place = null;
  for (const element of [...after.values()].reverse()) {
    if (element.nextSibling !== place || element.parentNode !== parent) parent.insertBefore(element, place);
    place = element;
  }
  kept.set(parent, after);
}
