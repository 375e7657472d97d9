/** Which of several regions is nearest to where this runs. */

/** Where AWS's regions are, degrees north and east: of the town or the county that each is named after. @type {Record<string, [north: number, east: number]>} */
export const PLACES = {
  "af-south-1": [-34, 18],
  "ap-east-1": [22, 114],
  "ap-east-2": [25, 122],
  "ap-northeast-1": [36, 140],
  "ap-northeast-2": [38, 127],
  "ap-northeast-3": [35, 136],
  "ap-south-1": [19, 73],
  "ap-south-2": [17, 78],
  "ap-southeast-1": [1, 104],
  "ap-southeast-2": [-34, 151],
  "ap-southeast-3": [-6, 107],
  "ap-southeast-4": [-38, 145],
  "ap-southeast-5": [3, 102],
  "ap-southeast-6": [-37, 175],
  "ap-southeast-7": [14, 101],
  "ca-central-1": [46, -74],
  "ca-west-1": [51, -114],
  "eu-central-1": [50, 9],
  "eu-central-2": [47, 9],
  "eu-north-1": [59, 18],
  "eu-south-1": [45, 9],
  "eu-south-2": [42, -1],
  "eu-west-1": [53, -6],
  "eu-west-2": [52, 0],
  "eu-west-3": [49, 2],
  "il-central-1": [32, 35],
  "me-central-1": [25, 55],
  "me-south-1": [26, 51],
  "mx-central-1": [21, -100],
  "sa-east-1": [-24, -47],
  "us-east-1": [39, -77],
  "us-east-2": [40, -83],
  "us-west-1": [37, -122],
  "us-west-2": [46, -120],
};

/**
 * The region that the executing one is in, or the nearest by great circle; the first where the executing one is unknown.
 * @param {string} executing @param {string[]} regions at least one, the home first
 */
export function nearest(executing, regions) {
  if (regions.includes(executing)) return executing;
  const here = PLACES[executing];
  if (!here) return regions[0];
  const near = (/** @type {string} */ region) => (region in PLACES ? closeness(here, PLACES[region]) : -Infinity);
  return regions.reduce((best, region) => (near(region) > near(best) ? region : best));
}

/** The cosine of the angle between two places, seen from the centre of the earth: 1 is the same place. @param {[number, number]} one @param {[number, number]} other */
function closeness([north, east], [otherNorth, otherEast]) {
  const [a, b, c] = [north, otherNorth, east - otherEast].map((degrees) => (degrees * Math.PI) / 180);
  return Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(c);
}
