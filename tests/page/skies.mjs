// A fleet with its instances, into which a test puts flights.
import { Instances } from "../../flighttap/web/static/js/map/instances.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { Trails } from "../../flighttap/web/static/js/state/trails.js";

export const HOW = { reckoned: true, eased: true };
export const T = 1795000000;
export const ZOOM9 = 512 * 2 ** 9; // pixels of a world unit

export function sky() {
  const fleet = new Fleet(1);
  const trails = new Trails(fleet);
  const records = new Instances(fleet, trails);
  records.epoch = T;
  let now = T;
  let correction = 0;
  fleet.onApplied((applied) => {
    trails.follow(applied);
    correction = records.follow(applied, now);
  });
  return {
    fleet,
    trails,
    records,
    get correction() {
      return correction;
    },
    put(time, key, fields) {
      now = time;
      fleet.put(key, fields, time);
      fleet.commit();
    },
    drawn: (time, key = "4ca7b5", how = HOW) => records.place(fleet.slot(key), time, how, [0, 0]),
  };
}
