import type { AlertConfig, ChannelConfig } from '@sagekeep/contracts';
import type { ChannelShape, FileShape } from './shape.ts';
import { fileValue, type Sources } from './sources.ts';

const day = 86_400_000;

/** Where alerts go. Addresses count as secrets: whoever knows a webhook's URL may write to it. */
export function readAlerts(sources: Sources, file: FileShape): AlertConfig {
  return {
    channels: Object.entries(file.alerts?.channels ?? {}).flatMap(([name, shape]) =>
      channelOf(sources, name, shape),
    ),
    remindAfterMs: file.alerts?.remindAfter ?? day,
  };
}

function channelOf(sources: Sources, name: string, shape: ChannelShape): ChannelConfig[] {
  const value = secretReader(sources, shape, `alerts.channels.${name}`);
  switch (shape.kind) {
    case 'webhook': {
      const url = value('url', true);
      const secret = value('secret', false);
      return url === null ? [] : [{ kind: 'webhook', name, url, secret, body: shape.body ?? null }];
    }
    case 'healthchecks': {
      const url = value('url', true);
      return url === null ? [] : [{ kind: 'healthchecks', name, url, provenOnly: shape.provenOnly ?? false }];
    }
    case 'syslog':
      return [syslogOf(name, shape)];
    case 'email': {
      const smtp = value('smtp', true);
      return smtp === null ? [] : [{ kind: 'email', name, smtp, from: shape.from, to: shape.to }];
    }
  }
}

function syslogOf(name: string, shape: Extract<ChannelShape, { kind: 'syslog' }>): ChannelConfig {
  const { host = null, port = 514, socket = '/dev/log' } = shape;
  return { kind: 'syslog', name, host, port, socket };
}

function secretReader(sources: Sources, shape: ChannelShape, path: string) {
  const fields: Readonly<Record<string, unknown>> = shape;
  return (key: 'url' | 'secret' | 'smtp', required: boolean): string | null => {
    const direct = fields[key];
    const named = fields[`${key}_file`];
    if (direct === undefined && named === undefined && required)
      sources.faults.add(path, `give ${key} or ${key}_file`);
    const value =
      typeof direct === 'string'
        ? direct
        : typeof named === 'string'
          ? fileValue(sources, named, `${path}.${key}_file`)
          : null;
    if (value === null) return null;
    sources.secrets.add(value);
    sources.secrets.addUrl(value);
    const wrong = key === 'secret' ? null : faultOf(key, value);
    if (wrong === null) return value;
    // Where it was read from is what needs to be mended.
    sources.faults.add(`${path}.${typeof direct === 'string' ? key : `${key}_file`}`, wrong);
    return null;
  };
}

/** Why nothing could ever be sent there; null when it could. Whether somebody listens refuses nothing. */
function faultOf(key: 'url' | 'smtp', value: string): string | null {
  if (!URL.canParse(value)) return 'is not a URL';
  const { protocol, username, password } = new URL(value);
  if (key === 'smtp')
    return /^smtps?:$/.test(protocol) ? null : 'is not a URL like smtp://user:password@host:587';
  if (!/^https?:$/.test(protocol)) return 'is not a URL of http or https';
  // fetch refuses them.
  return `${username}${password}` === ''
    ? null
    : 'a user and password in the URL cannot be sent: leave them out';
}
