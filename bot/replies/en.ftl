### What the bot says in English. Values come escaped; tags are Telegram's HTML.

## Emotions: by name, and shorter for buttons

emotion-sadness = Sadness
emotion-joy = Joy
emotion-love = Love
emotion-anger = Anger
emotion-fear = Fear
emotion-surprise = Surprise
emotion-none = No emotion

button-sadness = Sad
button-joy = Joy
button-love = Love
button-anger = Anger
button-fear = Fear
button-surprise = Surprise
button-none = None

## A reading

share = { $emoji } <b>{ $emotion }</b> { $bar }{ "\u00A0" }{ NUMBER($share, style: "percent") }
runner-up = or { $emoji } { $emotion } { NUMBER($share, style: "percent") }
unsure-no-emotion = { $emoji } I hear no clear emotion in this.
one-of-two = { $emoji } { $emotion } { NUMBER($share, style: "percent") }
unsure-torn = 🤔 I'm torn between { $first } and { $second }.
unsure-unreadable = 🤷 I can't read this one. Another language, maybe? So far I know only English.
unsure-russian = 🤷 That looks like Russian, and so far I read only English. По-русски я пока не читаю, зато отвечаю: /language
unsure-ask = What would you say?
taught = { $emoji } <b>{ $emotion }</b>, as you taught me.
moves = As it goes on: { $path }
words-gone = There are no words left in this one.
votes = You say: { $votes }
button-why = Why?
why = These words made me say so:
why-none = No single word made me say so: it is all of it together.
toast-why-unreachable = I can't see that message any more, so I can't tell why.

## A correction

button-confirm = ✓ Yes
button-undo = ↩ Undo
corrected = { $emoji } <b>{ $emotion }</b>, got it. Thank you!
confirmed = { $emoji } <b>{ $emotion }</b>, as I thought. Thank you!
kept = I'll learn from it.
not-kept-forwarded = Counted, but not kept: a forwarded text is somebody else's.
not-kept = Counted, but not kept: I can't reach the text any more.

toast-not-yours = Only the author of the message can correct this one.
toast-unknown = I don't remember this message any more.
toast-nobody = Only people vote: no channel, and no anonymous admin.
toast-no-vote = You haven't said anything here.
toast-not-asked = That is for whoever wrote the message to say.
toast-edited = You edited that message: I've read it anew.
toast-old-button = This button has had its day.

## Consent

consent-question =
    May I keep the texts you correct, this one first, to learn from them? They are stored encrypted, and an admin of this bot may read them. You can change your mind with /privacy.
button-consent-yes = Yes, keep them
button-consent-no = No
consent-no = Fine, no text is kept.

## Commands

command-start = What I do
command-help = How it works
command-mood = Your last 30 days in a picture
command-mystats = Your figures
command-language = Choose the language
command-privacy = What I keep, and your say in it
command-export = All I have of you, as a file
command-forget = Delete all I have of you
command-emotion = Read the message you answer
command-stats = How I am doing
command-review = Look at corrections that wait
command-models = Models: versions, verdicts, which serves
command-rollback = Let an earlier version serve again
command-retrain = Learn from the corrections now
command-cancel = Stop the retraining
command-pause = No retraining by itself
command-resume = Retraining by itself again

start =
    Hi! Write me something in English, and I'll tell you the emotion I hear in it. Or tap an example below.
    If I got it wrong, tap the right one: that's how I learn.
    /help tells more, /privacy says what I keep.
help =
    I know six emotions: { $emotions }. When I can't tell, I say so.

    Tap ✓ when I'm right, or the emotion it should have been. Changed your mind? Tap Undo. And Why? shows the words that made me say so.

    { $groups }

    { $more }

    /mood – your last 30 days in a picture
    /mystats – your figures
    /language – choose the language I answer in
    /privacy – what I keep, and your say in it
    /export – all I have of you, as a file
    /forget – delete all I have of you

    <i>Feelback { $version }, model { $model }</i>
help-group =
    In a group I read a message only if you name me (@{ $bot }), answer me, or answer it with /emotion: Telegram hides the rest from me. Anyone may vote. A text is kept only if its author agrees, and a vote teaches me only if the voter did (/privacy).
help-more =
    👍 and 👎 on what I say count as ✓ and as “wrong, which?”; in a group I see them only as an admin. And in any chat, write @{ $bot } and a text, to send it with what I hear in it: of that I keep nothing.
emotion-how = Answer a message with /emotion, and I'll tell you what I hear in it.
in-private = That's between the two of us: write to me at @{ $bot }.
help-admin =
    <b>For you as an admin</b>
    /stats – how I am doing
    /review – corrections that wait to be looked at
    /retrain – learn from the corrections now; /cancel stops it
    /models – versions, figures, verdicts; /models 3 all of version 3
    /rollback 3 – let version 3 serve again
    /pause, /resume – keep the schedule quiet, let it go on
language-name = English
language-question = Which language shall I answer in? I read English only.
language-chosen = From now on I answer in English.
unknown-command = I don't know this command. /help lists those I do.
failed = Something went wrong on my side. Please try again in a moment.
only-words = I read words only, so this one passes me by. Write me a line, or put one under it as a caption.
inline-empty = Write a few words in English
inline-flooded = A little slower, please
flooded = You write faster than I can listen. I'll read on in a minute; what you write until then goes unread.

## Privacy

privacy =
    <b>What I keep, why, and for how long</b>
    • Of a message: the emotion I heard, how sure I was, when, and which message it was, so that you can correct it and look at /mood and /mystats. Not the text. { $readings } days, or as long as its text is kept.
    • Of a correction: what you chose, and when, to know how often I'm right. As long as that; and what you had chosen before, until you say /forget.
    • The text of a message you corrected, encrypted, only if you agree, to learn from it. An admin of this bot may read it. { $texts } days, or until you undo the correction or no longer agree.
    • Your number at Telegram, your yes or no, and the language you chose, to do as you said.
    • So that nobody floods me: for a minute, how much you wrote; for a day, in how many minutes it was too much. So as not to nag: when I last told you that I read words only.
    Nobody else gets any of it. Counts of a day, of all people together, stay longer.
    /export gives you all of it. /forget deletes it, and the next retraining starts without it.
privacy-on = You <b>agreed</b> that texts you correct are kept.
privacy-off = You have <b>not agreed</b>, so no text of yours is kept.
privacy-never = This bot keeps no texts at all.
button-privacy-on = Keep texts I correct
button-privacy-off = Stop, and delete kept texts

forget-question = Delete all I have of you: readings, corrections and kept texts? There is no way back.
button-forget-yes = Yes, delete it
button-forget-no = No
forget-done =
    { $entries ->
        [0] There was nothing to delete: I have nothing of you.
        [one] Done. One entry is deleted.
       *[other] Done. { $entries } entries are deleted.
    }
forget-kept = All right, nothing was deleted.

## One's own: /mood, /mystats, /export

mood-title = Your last 30 days
mood-caption = { $messages ->
        [one] One message
       *[other] { $messages } messages
    } in 30 days, most often { $emoji } <b>{ $emotion }</b>.
    <i>Drawn from emotions and times, not from your words. Days are in UTC.</i>
mood-nothing = Your picture is still empty: in the last 30 days I have read nothing of yours. Write me something, and it begins.
mystats-readings =
    { $readings ->
        [one] I have read <b>one</b> message of yours
       *[other] I have read <b>{ $readings }</b> messages of yours
    }, the first on { $since }.
mystats-agreed =
    { $judged ->
        [one] You judged <b>one</b> reading
       *[other] You judged <b>{ $judged }</b> readings
    } and agreed with { NUMBER($share, style: "percent") }.
mystats-not-judged = You have judged none yet: tap ✓, or what it should have been.
mystats-kept =
    { $kept ->
        [0] No text of yours is kept, so I learn nothing from your words.
        [one] <b>One</b> text of yours is kept, encrypted.
       *[other] <b>{ $kept }</b> texts of yours are kept, encrypted.
    }
mystats-taught =
    { $taught ->
        [0] None of your corrections
        [one] One of your corrections
       *[other] { $taught } of your corrections
    } taught the model that reads you now.
mystats-judging =
    { $judging ->
        [one] One never trains
       *[other] { $judging } never train
    }, and judges the models instead.
mystats-waiting =
    { $waiting ->
        [one] One waits
       *[other] { $waiting } wait
    } for the next retraining.
mystats-nothing = I have nothing of yours. Write me something first.
export-caption = All I have of you, in a file that any program can read. /forget deletes it.
export-about = All that this bot stores of you. Times are in UTC. A reading has no text unless you corrected it and agreed that it is kept.

## Admins: /stats

stats-counts =
    { $readings ->
        [one] <b>One</b> reading
       *[other] <b>{ $readings }</b> readings
    }, { $corrections ->
        [one] <b>one</b> correction
       *[other] <b>{ $corrections }</b> corrections
    } by { $people ->
        [one] one person
       *[other] { $people } people
    }, { $kept ->
        [one] one text
       *[other] { $kept } texts
    } kept.
stats-no-agreement = Nobody has judged a reading yet.
stats-agreement = People agreed with <b>{ NUMBER($share, style: "percent") }</b> of { $judged } judged readings (95% sure of { NUMBER($low, style: "percent") } to { NUMBER($high, style: "percent") }).
stats-version = version { $version }
stats-title = How I am doing
stats-readings-title = Readings a day, by what was heard
stats-mix-title = Heard
stats-agreement-title = People agreed
stats-unsure = Unsure
stats-champion = Version <b>{ $version }</b> serves.
stats-waiting =
    { $count ->
        [0] No new correction waits
        [one] One new correction waits
       *[other] { $count } new corrections wait
    } for the next retraining.
stats-forgettings =
    { $count ->
        [one] 🧹 One forgetting is pending: the next retraining starts without it.
       *[other] 🧹 { $count } forgettings are pending: the next retraining starts without them.
    }
stats-run = Last retraining: { $state }, { $when } UTC.
stats-paused = ⏸ The schedule is paused; /resume ends that.
stats-next = The next may start { $when } UTC.
outcome-promoted = promoted
outcome-rejected = rejected
outcome-failed = failed
outcome-cancelled = stopped
outcome-none = under way

## Admins: /review

review-nothing = No correction waits to be looked at.
review-waiting =
    { $count ->
        [one] 🔎 <b>One correction waits</b>, since { $since } UTC:
       *[other] 🔎 <b>{ $count } corrections wait</b>, this one since { $since } UTC:
    }
review-unreadable = (no key of TEXT_KEYS decrypts this text)
review-said = I read: { $said }
review-unsure = 🤷 unsure
review-says = Person { $person } says: <b>{ $label }</b>
review-says-author = The author, person { $person }, says: <b>{ $label }</b>
review-others = Others say: { $others }
review-conflict = People disagree about this text. It teaches a little of each until you decide.
review-low-trust = This person contradicts others far more than usual. It teaches nothing unless you keep it.
button-keep = ✓ Keep
button-drop = ✗ Drop
button-block = 🚫 Block this person's corrections
button-unblock = ↩ Unblock person { $person }
toast-kept = Kept: it teaches in full.
toast-dropped = Dropped: it teaches nothing.
toast-blocked = Blocked: nothing of this person's teaches.
toast-unblocked = Unblocked: this person's corrections teach again.
toast-decided = That was decided meanwhile.

## Admins: /models, /rollback

models-title = <b>Models</b>, the newest first:
models-line = { $mark } <b>{ $version }</b> { $status } · { $when } · { $origin } · macro F1 { $macro_f1 }
models-paused = ⏸ The schedule is paused since { $since } UTC; /resume ends that.
models-forgetting =
    { $count ->
        [one] 🧹 A forgetting is pending since { $since } UTC: the model that serves still learned from what somebody had deleted. The next retraining starts without it.
       *[other] 🧹 { $count } forgettings are pending, the first since { $since } UTC: the model that serves still learned from what people had deleted. The next retraining starts without it.
    }
model-title = { $mark } <b>Version { $version }</b> { $status }.
model-made = Made { $when } UTC: { $origin }.
model-promoted = Began to serve { $when } UTC.
model-unlearned =
    { $count ->
        [one] 🧹 Free of one forgetting that the version before was not; serves since { $when } UTC.
       *[other] 🧹 Free of { $count } forgettings that the version before was not; serves since { $when } UTC.
    }
model-judged =
    Measured on { $judged ->
        [one] one message
       *[other] { $judged } messages
    } with an emotion that never train.
model-gone = Its file was deleted, so it can't serve again.
status-candidate = waits for a verdict
status-champion = serves
status-rejected = was not taken
status-retired = served before
status-rolled-back = was rolled back
origin-shipped = shipped with the bot
origin-schedule = by the schedule
origin-admin = asked for by an admin
origin-operator = by the operator
rolled-back-admin = Rolled back by an admin.
rolled-back-operator = Rolled back by the operator.
rolled-back-agreement = Rolled back by itself: people agreed with { $agreed } of { $judged } judged readings, and with { $agreed_before } of { $judged_before } of the version before.
button-serve = ↩ Let version { $version } serve
button-models = ‹ All models
models-usage = Which one? /models shows the versions, and /rollback 3 lets version 3 serve again.
models-unknown = There is no version { $version }. There are: { $known }.
rollback-already = Version { $version } serves already.
rollback-no-bundle = Version { $version } can't serve again: its file was deleted. There are still: { $known }.
rollback-done = ↩ <b>Version { $version } serves now.</b> Version { $old } is kept, but neither it nor another made from the same data is promoted again. /rollback { $old } goes back to it.

## Admins: /retrain

button-cancel = Cancel
cancel-done = ⏹ All right, the retraining stops.
cancel-nothing = No retraining is under way.
run-no-trainer = No process is there to train. Start the bot with TRAINER=on and the extra “train” installed.
run-already = A retraining is under way already.
run-waiting = ⏳ Retraining, about to start …
run-stopping = ⏹ Stopping the retraining …
run-running = ⏳ <b>Retraining</b>
run-progress = { $bar } { NUMBER($share, style: "percent") } { $stage }
run-left = about { $seconds } s left
run-left-minutes = about { $minutes } min left
run-promoted = ✅ <b>Version { $version } serves now.</b>
run-rejected = ✋ <b>Version { $version } is not taken, the old one goes on.</b>
run-failed = ⚠️ <b>The retraining failed</b>, the old model goes on: { $error }.
run-cancelled = ⏹ <b>The retraining was stopped</b>, the old model goes on.
run-base =
    Trained from the { $base } and { $texts ->
        [one] one corrected text
       *[other] { $texts } corrected texts
    }, judged by { $judged ->
        [one] one message that never trains.
       *[other] { $judged } messages that never train.
    }
change-title = Changed: ○ old, ● new
change-recall = Recall
change-f1 = F1
change-words = Words read most differently: old → new
base-data-set = data set
base-shipped-bundle = shipped model
stage-preparing = preparing
stage-reading = reading the data
stage-training = training
stage-judging = judging
stage-exporting = packing
column-old = old
column-new = new
figure-accuracy = Accuracy
figure-macro-f1 = Macro F1
figure-ece = Miscalibration
figure-learned = Learned
figure-held-out = Held out
clause-macro-f1 = Macro F1: { $champion } → { $candidate } ({ $allowed } points allowed)
clause-recall =
    { $passed ->
        [open] Recall: no emotion has held-out messages
       *[other] Recall: { $emotion } did worst, { $change } points (95% interval { $low } to { $high }, { $allowed } allowed)
    }
clause-held-out-corrections =
    { $count ->
        [0] Held-out corrections: none yet, judged from { $needed } on
       *[other] Held-out corrections read right: { $champion } → { $candidate } of { $count }{ $passed ->
            [open] , judged from { $needed } on
           *[other] { "" }
        }
    }
clause-calibration = Calibration error: { $champion } → { $candidate } ({ $allowed } points allowed)
clause-behaviour = Cases of behaviour met: { $champion } → { $candidate } of { $cases }
clause-servable =
    { $passed ->
        [no] Ready to serve: no, { $reason }
       *[other] Ready to serve: loads, warms up, reproduces its golden examples
    }
clause-same-champion = Compared with what serves: no, version { $version } serves no longer
clause-new =
    { $same ->
        [data] Something new: no, made from the data of version { $version }, which was rolled back
       *[file] Something new: no, it is version { $version } again, { $status ->
            [champion] which serves
           *[other] which was rolled back
        }
    }
failure-died = the process that ran it died
failure-stopped = the process that ran it was stopped
failure-no-champion = there is no model to start from
failure-not-started = the training could not be started ({ $detail })
failure-too-long = the training took longer than the { $detail } of RETRAIN_TIME_LIMIT
failure-killed = the training was killed ({ $detail }), for want of memory maybe
failure-exit = the training ended with exit status { $detail }
failure-no-report = the training ended without a report
failure-training = the training failed ({ $detail })
failure-no-candidate = the training left no candidate
failure-too-large = the candidate is larger than a bundle may be
failure-bad-report = the training's report can't be judged ({ $detail })
failure-files = the run's files failed ({ $detail })
failure-program = an error in the program ({ $detail }), see the log

## Admins: /pause, /resume

pause-done = ⏸ The schedule is paused: no retraining starts by itself. /retrain still works, /resume ends the pause.
pause-already = The schedule is paused since { $since } UTC. /resume ends the pause.
resume-done = ▶️ The schedule goes on. Times that the pause covered are not made up for.
resume-already = The schedule is not paused.

## Admins: what nobody asked for

notice-run-failed = ⚠️ <b>A retraining failed</b>, the old model goes on: { $error }.
notice-run-rejected = ✋ <b>The scheduled retraining's version { $version } is not taken</b>, the old one goes on. /models { $version } tells more.
notice-taken-back =
    ↩ <b>Version { $version } was taken back, version { $serves } serves again.</b>
    People agreed with { NUMBER($share, style: "percent") } of { $judged } judged readings; with version { $serves } it was { NUMBER($share_before, style: "percent") } of { $judged_before }.
notice-rolled-back = ↩ <b>Version { $version } was rolled back, version { $serves } serves.</b> /models { $version } tells more.
notice-unservable = ⚠️ <b>Version { $version } can't be loaded</b>, what served before goes on: { $reason }. /rollback to a version that works.
notice-flood =
    🌊 <b>Somebody writes faster than I read.</b> In the last day it was { $people ->
        [one] one person
       *[other] { $people } people
    }, the last of them in { $floods ->
        [one] one minute
       *[other] { $floods } minutes
    }. What is over MESSAGES_A_MINUTE is not read.
notice-no-keys = 🔑 <b>TEXT_KEYS is empty</b>, so I keep no corrected text and learn nothing from people. .env.example says how to make a key.
notice-database-away = 🔌 <b>The database was away</b> from { $since } to { $until } UTC. People were answered without buttons meanwhile.
