// The MQTT 5 properties of a message as they are typed, and as they are sent. Pure.
// Promises: what came from a recorded message and is not touched is sent as it was.

import type { MessageProperties, Pair, TypedPayload } from '../../ipc/backend';
import { counted } from '../../lib/format';
import { topicProblem } from '../../lib/topic';
import { payloadProblem } from './payload-problem';

const MOST_SECONDS = 4_294_967_295;

/** Nothing typed is no property. */
export type PropertiesDraft = {
  expiry: number | null;
  contentType: string;
  payloadIsText: boolean;
  responseTopic: string;
  correlationData: TypedPayload;
  userProperties: Pair[];
};
/** A sentence for each field in which something is wrong. */
export type PropertyProblems = {
  expiry: string | null;
  responseTopic: string | null;
  correlationData: string | null;
};

export function emptyProperties(): PropertiesDraft {
  return {
    expiry: null,
    contentType: '',
    payloadIsText: false,
    responseTopic: '',
    correlationData: { encoding: 'text', value: '' },
    userProperties: [],
  };
}

export function toDraft(properties: MessageProperties): PropertiesDraft {
  const { expiry, contentType, payloadIsText, responseTopic } = properties;
  return {
    expiry,
    contentType: contentType ?? '',
    payloadIsText,
    responseTopic: responseTopic ?? '',
    correlationData: { ...(properties.correlationData ?? emptyProperties().correlationData) },
    userProperties: properties.userProperties.map((pair) => ({ ...pair })),
  };
}

/** A copy that later typing does not change. */
export function copyOf(draft: PropertiesDraft): PropertiesDraft {
  return {
    ...draft,
    correlationData: { ...draft.correlationData },
    userProperties: draft.userProperties.map((pair) => ({ ...pair })),
  };
}

/** What is sent; null: no property. A line of the table with nothing in it is none. */
export function toProperties(draft: PropertiesDraft): MessageProperties | null {
  const { expiry, contentType, payloadIsText, responseTopic } = draft;
  if (countOf(draft) === 0) return null;
  return {
    expiry,
    contentType: contentType === '' ? null : contentType,
    payloadIsText,
    responseTopic: responseTopic === '' ? null : responseTopic,
    correlationData: draft.correlationData.value === '' ? null : { ...draft.correlationData },
    userProperties: pairsOf(draft),
  };
}

/** What is wrong in each field; the backend checks again. */
export function problemsOf(draft: PropertiesDraft): PropertyProblems {
  const { expiry, responseTopic, correlationData } = draft;
  const isTime =
    expiry === null || (Number.isInteger(expiry) && expiry >= 0 && expiry <= MOST_SECONDS);
  return {
    expiry: isTime ? null : `Whole seconds from 0 to ${MOST_SECONDS}, or nothing.`,
    responseTopic: responseTopic === '' ? null : topicProblem(responseTopic),
    correlationData: payloadProblem(correlationData.encoding, correlationData.value),
  };
}

/** The first problem, with the name of its field. */
export function firstProblem(problems: PropertyProblems): string | null {
  const named = [
    ['Message expiry', problems.expiry],
    ['Response topic', problems.responseTopic],
    ['Correlation data', problems.correlationData],
  ] as const;
  const found = named.find(([, problem]) => problem !== null);
  return found ? `${found[0]}: ${found[1]}` : null;
}

/** What is set, in a few words. */
export function summaryOf(draft: PropertiesDraft): string {
  const count = countOf(draft);
  return count === 0 ? 'none' : counted(count, 'property', 'properties');
}

function countOf(draft: PropertiesDraft): number {
  const { expiry, contentType, payloadIsText, responseTopic, correlationData } = draft;
  const texts = [contentType, responseTopic, correlationData.value];
  const single = texts.filter((text) => text !== '').length;
  return single + Number(expiry !== null) + Number(payloadIsText) + pairsOf(draft).length;
}

function pairsOf(draft: PropertiesDraft): Pair[] {
  const filled = draft.userProperties.filter(({ name, value }) => name !== '' || value !== '');
  return filled.map((pair) => ({ ...pair }));
}
