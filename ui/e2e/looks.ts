// How the window is looked at: in each theme, at each supported size, with nothing beyond an edge.

export const SIZES = [
  [1440, 900],
  [1024, 700],
] as const;

export const LOOKS = (['dark', 'light'] as const).flatMap((theme) =>
  SIZES.map(([width, height]) => ({ theme, width, height })),
);

/**
 * A script that names what stands beyond an edge of the window (down and up only where nothing
 * scrolls), and what has to be scrolled sideways to be read.
 */
export const BEYOND = `
  const shown = (css) => [...document.querySelectorAll(css)].filter((each) => each.checkVisibility());
  const sides = ({ left, right }) => left < 0 || right > innerWidth + 0.5;
  const ends = ({ top, bottom }) => top < 0 || bottom > innerHeight + 0.5;
  const sideways = (each) =>
    each.scrollWidth > each.clientWidth + 1 &&
    ['auto', 'scroll'].includes(getComputedStyle(each).overflowX);
  return [
    ...shown('button, label, h1, h2, input, p').filter((each) => sides(each.getBoundingClientRect())),
    ...shown('dialog, dialog footer, body > #app footer').filter((each) => ends(each.getBoundingClientRect())),
    ...shown('dialog, dialog div, dialog form, dialog section').filter(sideways),
  ].map((each) => each.outerHTML.slice(0, 120));
`;
