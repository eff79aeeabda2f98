// The folders in which vmb keeps its state.
import { expect, test } from 'vitest';
import { foldersOf } from '../../../runner/state/folders.ts';

test('without variables: below the home folder', () => {
  expect(foldersOf({}, '/home/ada', '/')).toEqual({
    config: '/home/ada/.config/vmb',
    cache: '/home/ada/.cache/vmb',
    state: '/home/ada/.local/state/vmb',
    runtime: '/home/ada/.local/state/vmb/run',
  });
});

test('XDG variables count when they are absolute', () => {
  const environment = {
    XDG_CONFIG_HOME: '/c',
    XDG_CACHE_HOME: 'relative',
    XDG_STATE_HOME: '/s',
    XDG_RUNTIME_DIR: '/run/user/1000',
  };
  expect(foldersOf(environment, '/home/ada', '/')).toEqual({
    config: '/c/vmb',
    cache: '/home/ada/.cache/vmb',
    state: '/s/vmb',
    runtime: '/run/user/1000/vmb',
  });
});

test('VMB_HOME moves everything', () => {
  const moved = {
    config: '/work/here/config',
    cache: '/work/here/cache',
    state: '/work/here/state',
    runtime: '/work/here/runtime',
  };
  expect(foldersOf({ VMB_HOME: 'here', XDG_CACHE_HOME: '/c' }, '/home/ada', '/work')).toEqual(moved);
  expect(foldersOf({ VMB_HOME: '/work/here' }, '/home/ada', '/')).toEqual(moved);
  expect(foldersOf({ VMB_HOME: '' }, '/home/ada', '/').config).toBe('/home/ada/.config/vmb');
});
