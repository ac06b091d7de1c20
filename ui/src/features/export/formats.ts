// The formats of an export, each with what it keeps and loses, and how it is spread over files. Pure.

import type { ExportFormat, ExportSplit } from '../../ipc/backend';

export const FORMATS: { value: ExportFormat; label: string; about: string }[] = [
  {
    value: 'ndjson',
    label: 'NDJSON',
    about: 'One JSON object a line. Loses nothing: bytes, flags, properties, microseconds.',
  },
  { value: 'json', label: 'JSON', about: 'One array of the same objects, to be read as a whole.' },
  {
    value: 'csv',
    label: 'CSV',
    about: 'For spreadsheets. Loses the sequence numbers; bytes become base64.',
  },
  {
    value: 'parquet',
    label: 'Parquet',
    about: 'Columns with types, for DuckDB, Spark and ClickHouse. Loses nothing.',
  },
  {
    value: 'raw',
    label: 'Payload files',
    about: 'A folder with a file for each payload, and index.ndjson for all else. Loses nothing.',
  },
  {
    value: 'mqttx',
    label: 'MQTTX',
    about:
      'JSON that MQTTX imports. Times are UTC but do not say so, to the millisecond; loses DUP and packet identifiers; bytes become base64.',
  },
  {
    value: 'mosquitto',
    label: 'mosquitto_sub',
    about: 'Lines as of -F %J, in UTC. Text only: bytes that are none are lost, and DUP.',
  },
];

export const SPLITS: { value: ExportSplit; label: string; title: string }[] = [
  {
    value: 'whenLarge',
    label: 'If large',
    title: 'A folder of files of 1 GiB, if one is too little',
  },
  { value: 'hour', label: 'By hour', title: 'A folder with a file for each hour (UTC)' },
  { value: 'day', label: 'By day', title: 'A folder with a file for each day (UTC)' },
  { value: 'never', label: 'One file', title: 'However large it becomes' },
];

/** What the chosen way of splitting makes of a name. */
export function splitWords(split: ExportSplit, fileName: string): string {
  const folder = fileName.replace(ENDING, '');
  switch (split) {
    case 'never':
      return 'One file, however large.';
    case 'whenLarge':
      return `One file; from 1 GiB on, a folder ${folder} of such files.`;
    case 'hour':
      return `A folder ${folder} with a file for each hour in UTC.`;
    case 'day':
      return `A folder ${folder} with a file for each day in UTC.`;
  }
}

/** How a format is split unless told otherwise: only Parquet is read as a folder by those it is for. */
export function usualSplit(format: ExportFormat): ExportSplit {
  return format === 'parquet' ? 'whenLarge' : 'never';
}

const ENDINGS: Record<ExportFormat, string> = {
  ndjson: '.ndjson',
  json: '.json',
  csv: '.csv',
  parquet: '.parquet',
  raw: '',
  mqttx: '.json',
  mosquitto: '.ndjson',
};
const ENDING = /\.(ndjson|json|csv|parquet)$/;

/** The name with the ending of this format, in place of that of another. */
export function named(name: string, format: ExportFormat): string {
  return name.replace(ENDING, '') + ENDINGS[format];
}
