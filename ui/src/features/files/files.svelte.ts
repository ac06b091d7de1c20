// History files that were opened to be looked at: recorded elsewhere, or by somebody else. They are
// read and never written to.

import type {
  AppError,
  Backend,
  FileConnection,
  HistoryFile,
  OpenedPast,
  PastFrame,
} from '../../ipc/backend';
import { appError } from '../../ipc/errors';

/** A file with its tab: of one connection in it, once that is chosen. */
export class OpenFile {
  chosen = $state.raw<FileConnection | null>(null);
  /** The end of what was recorded, which is looked at first. */
  opened = $state.raw<OpenedPast | null>(null);
  frame = $state.raw<PastFrame | null>(null);
  busy = $state(false);
  problem = $state.raw<AppError | null>(null);
  /** Who looks at each picture. */
  onframe: ((frame: PastFrame) => void) | null = null;

  constructor(
    private readonly backend: Backend,
    readonly facts: HistoryFile,
  ) {
    const [only, ...others] = facts.connections;
    if (only && others.length === 0) void this.show(only);
  }

  get name(): string {
    return this.chosen && this.facts.connections.length > 1
      ? `${this.facts.name} · ${this.chosen.name}`
      : this.facts.name;
  }

  /** Shows one of the connections that recorded into it. */
  async show(connection: FileConnection): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      const { file } = this.facts;
      this.opened = await this.backend.openHistoryFile(file, connection.key, this.#receive);
      this.chosen = connection;
      if (this.frame) this.#shown(this.frame);
    } catch (thrown) {
      this.problem = appError(thrown);
    }
    this.busy = false;
  }

  close(): void {
    for (const id of [this.facts.file, this.opened?.connection])
      if (id !== undefined) void this.backend.closeConnection(id).catch(() => undefined);
    this.opened = null;
  }

  #receive = (frame: PastFrame): void => {
    this.frame = frame;
    if (this.opened) this.#shown(frame);
  };

  #shown(frame: PastFrame): void {
    this.onframe?.(frame);
    const id = this.opened?.connection;
    if (id !== undefined)
      requestAnimationFrame(() => void this.backend.frameShown(id).catch(() => undefined));
  }
}

export class Files {
  open = $state.raw<OpenFile[]>([]);
  busy = $state(false);
  problem = $state.raw<AppError | null>(null);

  constructor(private readonly backend: Backend) {}

  /** Lets the user choose a file; null where there is none to show. */
  async choose(): Promise<OpenFile | null> {
    return this.#take(() => this.backend.chooseHistoryFile());
  }

  /** The file that the command line named. */
  async named(): Promise<OpenFile | null> {
    return this.#take(() => this.backend.namedHistoryFile());
  }

  /** The window's own history. */
  async own(): Promise<OpenFile | null> {
    return this.#take(() => this.backend.ownHistoryFile());
  }

  close(file: OpenFile): void {
    file.close();
    this.open = this.open.filter((other) => other !== file);
  }

  async #take(ask: () => Promise<HistoryFile | null>): Promise<OpenFile | null> {
    if (this.busy) return null;
    this.busy = true;
    this.problem = null;
    try {
      const facts = await ask();
      if (!facts) return null;
      const file = new OpenFile(this.backend, facts);
      this.open = [...this.open, file];
      return file;
    } catch (thrown) {
      this.problem = appError(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
