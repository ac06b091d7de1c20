// The topic tree of the scripted backend: rows for a window, selection and steps. Small, not quick.

import type { Row, Selection, Step, TreeFilter, TreeWindow } from '../bindings';

type Node = {
  id: number;
  name: string;
  path: string;
  parent: Node | null;
  children: Map<string, Node>;
  expanded: boolean;
  isTopic: boolean;
  retained: boolean;
  topics: number;
  messages: number;
  own: number;
  preview: string | null;
  changedAt: number;
};
type Visible = { node: Node; depth: number; position: number; setSize: number };

export class FakeTree {
  #root = makeNode(0, '', '', null);
  #byId = new Map<number, Node>();
  #selected: Node | null = null;
  #filter: TreeFilter = { text: '', mode: 'text', retainedOnly: false };

  apply(topic: string, preview: string, retain: boolean | null, at: number): void {
    const leaf = this.#reach(topic);
    const fresh = !leaf.isTopic;
    leaf.isTopic = true;
    leaf.own += 1;
    leaf.preview = preview;
    if (retain !== null) leaf.retained = retain;
    for (let node: Node | null = leaf; node; node = node.parent) {
      node.messages += 1;
      node.topics += fresh ? 1 : 0;
      node.changedAt = at;
    }
  }

  get topics(): number {
    return this.#root.topics;
  }

  setFilter(filter: TreeFilter): void {
    this.#filter = filter;
  }

  setExpanded(id: number, expanded: boolean): void {
    const node = this.#byId.get(id);
    if (node) node.expanded = expanded;
  }

  select(id: number | null): void {
    this.#selected = id === null ? null : (this.#byId.get(id) ?? null);
  }

  reveal(topic: string): void {
    let node = this.#root;
    for (const level of topic.split('/')) {
      const next = node.children.get(level);
      if (!next) break;
      node.expanded = true;
      node = next;
    }
    this.#selected = node === this.#root ? null : node;
  }

  selection(): Selection | null {
    const node = this.#selected;
    if (!node) return null;
    const row = this.#visible().findIndex((visible) => visible.node === node);
    return {
      node: node.id,
      row: row < 0 ? null : row,
      topic: node.path,
      isTopic: node.isTopic,
      hasChildren: node.children.size > 0,
      retained: node.retained,
      messages: node.messages,
      historyRevision: node.messages,
    };
  }

  window(first: number, count: number): TreeWindow {
    const all = this.#visible();
    return { first, total: all.length, rows: all.slice(first, first + count).map(toRow) };
  }

  step(step: Step): void {
    const all = this.#visible();
    const at = all.findIndex((visible) => visible.node === this.#selected);
    const node = this.#selected;
    const go = (index: number) => {
      this.#selected = all[Math.max(0, Math.min(all.length - 1, index))]?.node ?? null;
    };
    switch (step.kind) {
      case 'up':
        return go(at < 0 ? 0 : at - 1);
      case 'down':
        return go(at + 1);
      case 'pageUp':
        return go(at - step.rows);
      case 'pageDown':
        return go(at + step.rows);
      case 'first':
        return go(0);
      case 'last':
        return go(all.length - 1);
      case 'toggle':
        if (node) node.expanded = !node.expanded && node.children.size > 0;
        return;
      case 'expandSiblings':
        node?.parent?.children.forEach((child) => (child.expanded = true));
        return;
      case 'typeAhead':
        return this.#typeAhead(all, at, step.text);
      case 'expandOrChild':
        if (!node || node.children.size === 0) return;
        if (node.expanded) return go(at + 1);
        node.expanded = true;
        return;
      case 'collapseOrParent':
        if (node?.expanded) node.expanded = false;
        else if (node?.parent && node.parent !== this.#root) this.#selected = node.parent;
    }
  }

  #typeAhead(all: Visible[], at: number, text: string): void {
    const matches = (visible: Visible) =>
      visible.node.name.toLowerCase().startsWith(text.toLowerCase());
    const from = Math.max(0, text.length > 1 ? at : at + 1);
    const hit = all.slice(from).find(matches) ?? all.find(matches);
    if (hit) this.#selected = hit.node;
  }

  #reach(topic: string): Node {
    let node = this.#root;
    for (const level of topic.split('/')) {
      let next = node.children.get(level);
      if (!next) {
        const path = node === this.#root ? level : `${node.path}/${level}`;
        next = makeNode(this.#byId.size + 1, level, path, node);
        this.#byId.set(next.id, next);
        node.children.set(level, next);
      }
      node = next;
    }
    return node;
  }

  #passes(node: Node): boolean {
    const { text, mode, retainedOnly } = this.#filter;
    const own =
      (!retainedOnly || node.retained) &&
      (text === '' ||
        (mode === 'mqtt'
          ? node.isTopic && matches(text, node.path)
          : node.path.toLowerCase().includes(text.toLowerCase())));
    return own || [...node.children.values()].some((child) => this.#passes(child));
  }

  #visible(): Visible[] {
    const filtered = this.#filter.text !== '' || this.#filter.retainedOnly;
    const out: Visible[] = [];
    const walk = (parent: Node, depth: number) => {
      const children = [...parent.children.values()].filter(
        (child) => !filtered || this.#passes(child),
      );
      children.sort((a, b) => (a.name < b.name ? -1 : 1));
      children.forEach((node, index) => {
        out.push({ node, depth, position: index + 1, setSize: children.length });
        if (node.expanded || filtered) walk(node, depth + 1);
      });
    };
    walk(this.#root, 0);
    return out;
  }
}

function makeNode(id: number, name: string, path: string, parent: Node | null): Node {
  return {
    id,
    name,
    path,
    parent,
    children: new Map(),
    expanded: false,
    isTopic: false,
    retained: false,
    topics: 0,
    messages: 0,
    own: 0,
    preview: null,
    changedAt: 0,
  };
}

function toRow({ node, depth, position, setSize }: Visible): Row {
  const numeric =
    node.preview !== null && node.preview.trim() !== '' && !Number.isNaN(Number(node.preview));
  return {
    node: node.id,
    depth,
    name: node.name,
    expanded: node.expanded,
    hasChildren: node.children.size > 0,
    isTopic: node.isTopic,
    seeded: false,
    topics: node.topics,
    messages: node.messages,
    preview: node.preview,
    numeric,
    retained: node.retained,
    changedAt: node.changedAt,
    position,
    setSize,
  };
}

export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const given = topic.split('/');
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true;
    if (at >= given.length || (level !== '+' && level !== given[at])) return false;
  }
  return wanted.length === given.length;
}
