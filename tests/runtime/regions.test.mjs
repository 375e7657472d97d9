import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../compiler/kampkin/runtime/regions.mjs";

const WORLD = ["us-east-1", "eu-west-1", "ap-southeast-2"];

for (const [executing, regions, expected, why] of [
  ["eu-west-1", WORLD, "eu-west-1", "the same region"],
  ["eu-central-1", WORLD, "eu-west-1", "Frankfurt to Dublin"],
  ["us-west-2", WORLD, "us-east-1", "Oregon to Virginia"],
  ["ap-northeast-1", WORLD, "ap-southeast-2", "Tokyo to Sydney: shorter than over the pole"],
  ["sa-east-1", WORLD, "us-east-1", "São Paulo to Virginia"],
  ["us-west-2", ["ap-northeast-1", "eu-west-1"], "eu-west-1", "Oregon to Dublin, by great circle, is a little shorter than to Tokyo"],
  ["ap-northeast-1", ["eu-west-1", "us-west-2"], "us-west-2", "Tokyo to Oregon, over the date line"],
  ["us-gov-west-1", WORLD, "us-east-1", "an unknown one to the home"],
  ["local", ["eu-west-1", "us-east-1"], "eu-west-1", "no region to the home"],
  ["eu-central-1", ["xx-new-1", "us-east-1"], "us-east-1", "a table in a region that is on no map is far"],
  ["eu-central-1", ["xx-new-1", "xx-new-2"], "xx-new-1", "all of them off the map: the home"],
  ["xx-new-2", ["us-east-1", "xx-new-2"], "xx-new-2", "off the map, and there"],
]) {
  test(`${executing} of ${regions}: ${why}`, () => assert.equal(nearest(executing, regions), expected));
}
