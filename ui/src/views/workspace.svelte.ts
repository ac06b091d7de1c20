// One open connection with everything its window shows, joined: the tree's selection drives the
// message and the history, a chosen row of the history drives the message.

import type { Connections, OpenConnection } from '../features/connections/connections.svelte';
import { type Act, type ActName, actsFor } from '../features/control/acts';
import { Control } from '../features/control/control.svelte';
import { PacketExports } from '../features/export/packet-exports.svelte';
import { Clearing } from '../features/keeping/clearing.svelte';
import { Policies } from '../features/keeping/policies.svelte';
import { removalWords, removingWords } from '../features/keeping/words';
import { PacketInView } from '../features/packets/packet-in-view.svelte';
import { Packets } from '../features/packets/packets.svelte';
import { PublishForm } from '../features/publish/publish.svelte';
import { LiveSubscriptions } from '../features/subscriptions/live-subscriptions.svelte';
import { Replays } from '../features/replay/replays.svelte';
import { type TopicAct, filterOf } from '../features/topics/topic-acts';
import type { Backend, Frame, RemovalEvent } from '../ipc/backend';
import { appError, explain } from '../ipc/errors';
import { KEPT } from '../ipc/secrets';
import { plain } from '../ipc/subscription';
import { Travelling } from './travelling.svelte';

export class WorkspaceState extends Travelling {
  readonly publish: PublishForm;
  readonly replays: Replays;
  readonly packets: Packets;
  readonly packet: PacketInView;
  readonly packetExports: PacketExports;
  readonly control: Control;
  readonly live: LiveSubscriptions;
  readonly clearing: Clearing;
  readonly policies: Policies;
  /** The dialog that is open about the subscriptions. */
  dialog = $state<'subscriptions' | 'tester' | null>(null);
  /** The topic whose retained message is about to be cleared. */
  clearingRetained = $state<string | null>(null);
  #wasUp = false;

  constructor(
    backend: Backend,
    readonly connection: OpenConnection,
    readonly connections: Connections,
    id: number,
  ) {
    super(backend, id);
    this.publish = new PublishForm(backend, id, connection.payloadWarning, connection.isV5);
    this.replays = new Replays(backend, id);
    this.packets = new Packets(backend, id);
    this.packet = new PacketInView(backend, id);
    this.packetExports = new PacketExports(backend, id);
    this.control = new Control(backend, id);
    this.live = new LiveSubscriptions(backend, id);
    this.clearing = new Clearing(backend, id, connection.name, this.#removed);
    this.policies = new Policies(backend, id, this.#removed);
  }

  apply = (frame: Frame): void => {
    this.present.apply(frame);
    this.packets.apply(frame.packets);
    this.packet.apply(frame.packets);
    this.present.history.recorded(frame.counters.stored);
    this.#watch(frame);
  };

  /** A production connection that may not change anything yet. */
  get locked(): boolean {
    return this.connection.production && !this.control.unlocked;
  }

  /** Said in the foot of a production connection. */
  get productionWords(): string | null {
    if (!this.connection.production) return null;
    return this.locked ? 'read-only' : 'unlocked';
  }

  /** What can be done to the connection as it stands. */
  get acts(): Act[] {
    const { connection, locked } = this;
    return actsFor({
      state: connection.frame?.state ?? null,
      v5: connection.isV5,
      scram: connection.profile?.scram ?? false,
      recordingPaused: connection.frame?.recordingPaused ?? false,
      locked,
      editable: connection.profile !== null,
    });
  }

  act = async (name: ActName): Promise<void> => {
    const { connection, connections, control } = this;
    switch (name) {
      case 'connect':
        return connections.retry(connection);
      case 'ping':
        this.notice = await control.pingNow();
        return;
      case 'reauthenticate':
        this.notice = await control.reauthenticate();
        return;
      case 'disconnect':
      case 'unlock':
        return control.ask(name);
      case 'drop':
        return control.ask(this.locked ? 'unlock' : name);
      case 'pauseRecording':
      case 'resumeRecording':
        this.notice = await control.pauseRecording(name === 'pauseRecording');
        return;
      case 'keep':
        return this.policies.show();
      case 'clearHistory':
        return this.clearing.open(null);
      case 'subscriptions':
      case 'tester':
        this.dialog = name;
        return;
      case 'test':
        return connections.examine(connection);
      case 'edit':
        return connections.edit(connection);
      case 'close':
        return connections.close(connection);
    }
  };

  /** What of `TopicAct` needs no more than this state; the others are the window's. */
  topicAct(name: TopicAct): void {
    const topic = this.topics.selection?.topic;
    if (topic === undefined) return;
    switch (name) {
      case 'clearRetained':
        return this.clear();
      case 'clearTopic':
      case 'clearBranch':
        return this.clearing.open({ topic, subtree: name === 'clearBranch' });
      case 'keepTopic':
      case 'keepBranch':
        return void this.policies.show(filterOf(topic, name === 'keepBranch'));
    }
  }

  /** In the foot: what is being removed. */
  get removing(): string | null {
    const { removal } = this.clearing.removal.running ? this.clearing : this.policies;
    return removingWords(removal.running, removal.job?.event ?? null);
  }

  /** Brings the dialog of what is being removed back. */
  showRemoving(): void {
    if (this.clearing.removal.running) this.clearing.open(null);
    else void this.policies.show();
  }

  /** Something was removed from the history: what it shows may be gone. */
  #removed = (event: RemovalEvent): void => {
    void this.present.history.reload();
    void this.past?.history.reload();
    this.timeline.reload();
    if (this.clearing.subject === null && !this.policies.open) this.notice = removalWords(event);
  };

  /** Puts what is subscribed to now into the saved connection; says what came of it. */
  async saveSubscriptions(): Promise<void> {
    const { connection, connections } = this;
    const saved = connections.profiles.find(({ id }) => id === connection.profile?.id);
    if (!saved || !connection.frame) return;
    const subscriptions = connection.frame.subscriptions
      .filter(({ result }) => result !== 'refused')
      .map(plain);
    this.dialog = null;
    const done = await connections.save({ ...saved, subscriptions }, KEPT);
    const problem = connections.problem && explain(connections.problem).sentence;
    this.notice = done ? 'Saved: these are subscribed to from now on' : problem;
  }

  /** Asks before a retained message is cleared; on a locked connection, asks to unlock it. */
  clear(): void {
    if (this.locked) this.control.ask('unlock');
    else this.clearingRetained = this.topics.selection?.topic ?? null;
  }

  /** Under 3.1.1 a broker that dislikes a message can only hang up. */
  #watch(frame: Frame): void {
    const isUp = frame.state.kind === 'connected';
    const lost = this.#wasUp && (frame.state.kind === 'waiting' || frame.state.kind === 'refused');
    if (lost && !this.connection.isV5) this.publish.recent.lost();
    this.#wasUp = isUp;
  }

  publishHere(): void {
    const topic = this.message.shown?.detail.topic ?? this.topics.selection?.topic;
    if (topic !== undefined) this.publish.topic = topic;
  }

  /** Puts the message in view into the form, the undo of clearing; null when it stands there. */
  async publishAgain(): Promise<string | null> {
    const detail = this.message.shown?.detail;
    if (!detail) return 'There is no message to publish again';
    try {
      await this.publish.fill(detail, await this.message.payload());
      return null;
    } catch (thrown) {
      return explain(appError(thrown)).sentence;
    }
  }
}
