/**
 * Telling a person about news from the watch-list: a line for screen readers, and where they asked for
 * it a sound and a notification of the browser. Neither is on until somebody turns it on.
 */
const TONE_HZ = [880, 1174.7];
const STEP_S = 0.12;

export class Alerts {
  /**
   * @param {object} options
   * @param {(text: string) => void} options.say
   * @param {(key: string) => void} options.onOpen shows a flight.
   */
  constructor({ say, onOpen }) {
    this._say = say;
    this._onOpen = onOpen;
    this.sound = false;
    this.notify = false;
    /** @type {AudioContext|null} */
    this._audio = null;
  }

  /** Turn the sound on or off; on, it is heard once, which is also what the browser wants. @param {boolean} on */
  setSound(on) {
    this.sound = on;
    if (on) this._beep();
  }

  /** Ask the browser whether notifications may be shown. @param {boolean} on @returns {Promise<boolean>} */
  async setNotify(on) {
    this.notify = on && "Notification" in globalThis && (await Notification.requestPermission()) === "granted";
    return this.notify;
  }

  /** @param {{name: string, key: string, why: string}[]} news */
  tell(news) {
    if (!news.length) return;
    const [{ name, key, why }] = news;
    const more = news.length > 1 ? ` and ${news.length - 1} more` : "";
    const text = `On your watch-list: ${name}${more} (${why}).`;
    this._say(text);
    if (this.sound) this._beep();
    if (this.notify && document.hidden) {
      const note = new Notification(name + more, { body: why, tag: "flighttap" });
      note.onclick = () => {
        focus();
        this._onOpen(key);
      };
    }
  }

  _beep() {
    this._audio ??= new AudioContext();
    const audio = this._audio;
    TONE_HZ.forEach((hz, at) => {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      const from = audio.currentTime + at * STEP_S;
      tone.frequency.value = hz;
      gain.gain.setValueAtTime(0.08, from);
      gain.gain.exponentialRampToValueAtTime(0.001, from + STEP_S);
      tone.connect(gain).connect(audio.destination);
      tone.start(from);
      tone.stop(from + STEP_S);
    });
  }
}
