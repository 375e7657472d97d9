/** Paths that someone behind us may read as another path than we do. */

/** UTF-8 longer than it need be, which hides a character from whoever looks for it. RFC 3629, 10. */
const OVERLONG = /%c[01]%[89ab]|%e0%[89]|%f0%8|%f8%8[0-7]|%fc%8[0-3]/i;
const ENCODED_SLASH = /%2f|%5c/gi;
const ENCODED_DOT = /%2e/gi;

/** A segment that goes up, with or without what some servers cut off: parameters, and what follows a NUL. */
const GOES_UP = /(?:^|\/)\.\.(?:(?:;|%00)[^/]*)?(?:\/|$)/;

/**
 * Whether the path means what it says. What a URL itself resolves, `..` and `%2e%2e` between slashes, is resolved by now.
 * An encoded slash alone is as good as any other character.
 * @param {string} pathname of a URL
 */
export function isPlain(pathname) {
  if (!pathname.includes("%") && !pathname.includes(";")) return true;
  return !OVERLONG.test(pathname) && !GOES_UP.test(pathname.replace(ENCODED_SLASH, "/").replace(ENCODED_DOT, "."));
}
