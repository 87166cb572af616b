### Что бот говорит по-русски. Значения приходят экранированными; теги — HTML Телеграма.

## Эмоции: полным именем и короче, для кнопок

emotion-sadness = Грусть
emotion-joy = Радость
emotion-love = Любовь
emotion-anger = Злость
emotion-fear = Страх
emotion-surprise = Удивление
emotion-none = Без эмоций

button-sadness = Грусть
button-joy = Радость
button-love = Любовь
button-anger = Злость
button-fear = Страх
button-surprise = Удивление
button-none = Никакой

## Прочтение

share = { $emoji } <b>{ $emotion }</b> { $bar }{ "\u00A0" }{ NUMBER($share, style: "percent") }
runner-up = или { $emoji } { $emotion } { NUMBER($share, style: "percent") }
unsure-no-emotion = { $emoji } Явной эмоции здесь не слышу.
one-of-two = { $emoji } { $emotion } { NUMBER($share, style: "percent") }
unsure-torn = 🤔 Не могу выбрать: { $first } или { $second }.
unsure-unreadable = 🤷 Это мне не прочесть. Может быть, другой язык? Пока я понимаю только английский.
unsure-russian = 🤷 По-русски я только говорю, а читаю пока лишь по-английски.
unsure-ask = А как по-вашему?
taught = { $emoji } <b>{ $emotion }</b> — так вы меня научили.
moves = По ходу текста: { $path }
words-gone = Слов здесь больше нет.
votes = Вы говорите: { $votes }
button-why = Почему?
why = Так подсказали эти слова:
why-none = Ни одно слово само по себе не решило: дело во всём сразу.
toast-why-unreachable = Этого сообщения мне уже не видно, и объяснить не получится.

## Исправление

button-confirm = ✓ Да
button-undo = ↩ Отменить
corrected = { $emoji } <b>{ $emotion }</b> — понятно. Спасибо!
confirmed = { $emoji } <b>{ $emotion }</b> — так и думалось. Спасибо!
kept = Буду на этом учиться.
not-kept-forwarded = Учтено, но не сохранено: пересланный текст — чужой.
not-kept = Учтено, но не сохранено: текст мне уже недоступен.

toast-not-yours = Исправить может только автор сообщения.
toast-unknown = Этого сообщения я уже не помню.
toast-nobody = Голосуют только люди: не каналы и не анонимные администраторы.
toast-no-vote = Здесь вы ещё ничего не говорили.
toast-not-asked = Это решает тот, кто написал сообщение.
toast-edited = Вы изменили это сообщение, и оно уже прочитано заново.
toast-old-button = Эта кнопка своё отслужила.

## Согласие

consent-question =
    Можно сохранять тексты, которые вы исправляете, начиная с этого, чтобы на них учиться? Они хранятся зашифрованными, прочесть их может мой администратор. Передумать можно в /privacy.
button-consent-yes = Да, можно
button-consent-no = Нет
consent-no = Хорошо, тексты не сохраняются.

## Команды

command-start = Что я умею
command-help = Как это работает
command-mood = Ваши последние 30 дней на картинке
command-mystats = Ваша статистика
command-language = Выбрать язык
command-privacy = Что я храню и как это изменить
command-export = Всё, что я о вас храню, файлом
command-forget = Удалить всё, что я о вас храню
command-emotion = Прочесть сообщение, на которое вы отвечаете
command-stats = Как у меня дела
command-review = Просмотреть спорные исправления
command-models = Модели: версии, оценки, какая работает
command-rollback = Вернуть прежнюю версию
command-retrain = Поучиться на исправлениях сейчас
command-cancel = Остановить обучение
command-pause = Не обучаться по расписанию
command-resume = Снова обучаться по расписанию

start =
    Привет! Напишите что-нибудь по-английски, и я скажу, какую эмоцию слышу. Или нажмите на пример внизу.
    Если ошибаюсь, нажмите на верную: так я учусь.
    /help расскажет больше, /privacy — что я храню.
help =
    Я знаю шесть эмоций: { $emotions }. Если не могу разобрать, так и говорю.

    Нажмите ✓, если всё верно, или ту эмоцию, которая должна быть. Передумали? Нажмите «Отменить». А «Почему?» покажет слова, которые мне подсказали.

    { $groups }

    { $more }

    /mood – ваши последние 30 дней на картинке
    /mystats – ваша статистика
    /language – выбрать язык, на котором я отвечаю
    /privacy – что я храню и как это изменить
    /export – всё, что я о вас храню, файлом
    /forget – удалить всё, что я о вас храню

    <i>Feelback { $version }, модель { $model }</i>
help-group =
    В группе я читаю сообщение, только если меня назвали (@{ $bot }), ответили мне или ответили на него командой /emotion: остальное Телеграм мне не показывает. Голосовать могут все. Текст сохраняется, только если согласен его автор, а голос учит меня, только если согласен тот, кто голосовал (/privacy).
help-more =
    👍 и 👎 на моём ответе значат «✓» и «не то, а что?»; в группе я вижу их, только если я там администратор. А ещё в любом чате можно набрать @{ $bot } и текст, чтобы отправить его с тем, что я в нём слышу: из этого я ничего не храню.
emotion-how = Ответьте на сообщение командой /emotion, и я скажу, что в нём слышу.
in-private = Это только между нами: напишите мне в @{ $bot }.
help-admin =
    <b>Для вас как администратора</b>
    /stats – как у меня дела
    /review – исправления, которые ждут решения
    /retrain – поучиться на исправлениях сейчас; /cancel остановит
    /models – версии, оценки, отчёты; /models 3 – всё о версии 3
    /rollback 3 – вернуть версию 3
    /pause, /resume – приостановить расписание, возобновить
language-name = Русский
language-question = На каком языке вам отвечать? Читаю я только по-английски.
language-chosen = Теперь отвечаю по-русски.
unknown-command = Такой команды я не знаю. Все, что знаю, — в /help.
failed = У меня что-то сломалось. Попробуйте, пожалуйста, чуть позже.
only-words = Я читаю только слова, так что это мне не по силам. Напишите пару строк или добавьте подпись.
inline-empty = Напишите пару слов по-английски
inline-flooded = Чуть помедленнее, пожалуйста
flooded = Вы пишете быстрее, чем я успеваю слушать. Через минуту снова начну читать; написанное до тех пор останется непрочитанным.

## Личные данные

privacy =
    <b>Что я храню, зачем и как долго</b>
    • О сообщении: какую эмоцию я слышу, с какой уверенностью, когда и в каком сообщении — чтобы вы могли исправить и посмотреть /mood и /mystats. Не текст. Я храню это { $readings ->
        [one] { $readings } день
        [few] { $readings } дня
       *[many] { $readings } дней
    } или пока хранится текст.
    • Об исправлении: что вы выбрали и когда — чтобы знать, как часто я читаю верно. Столько же; а что вы выбирали раньше — пока не скажете /forget.
    • Текст исправленного сообщения — зашифрованным и только с вашего согласия, чтобы на нём учиться. Прочесть его может мой администратор. Я храню его { $texts ->
        [one] { $texts } день
        [few] { $texts } дня
       *[many] { $texts } дней
    } или пока вы не отмените исправление либо не передумаете.
    • Ваш номер в Телеграме, ваше «да» или «нет» и выбранный язык — чтобы всё было, как вы сказали.
    • Чтобы никто меня не завалил: одну минуту — сколько вы написали; сутки — в скольких минутах это было слишком много. Чтобы не надоедать: когда вы в последний раз слышали от меня, что читаю я только слова.
    Больше этого никто не получает. Дольше хранятся только итоги дня по всем людям вместе.
    /export отдаст вам всё это. /forget удалит, и следующее обучение начнётся без этого.
privacy-on = Вы <b>согласились</b> на хранение исправленных вами текстов.
privacy-off = Вы <b>не соглашались</b>, поэтому ваши тексты не хранятся.
privacy-never = Тексты я не храню вообще.
button-privacy-on = Хранить исправленное
button-privacy-off = Не хранить и удалить тексты

forget-question = Удалить всё, что я о вас храню: прочтения, исправления и тексты? Вернуть будет нельзя.
button-forget-yes = Да, удалить
button-forget-no = Нет
forget-done =
    { $entries ->
        [0] Удалять нечего: о вас я ничего не храню.
        [one] Готово. Удалена { $entries } запись.
        [few] Готово. Удалены { $entries } записи.
       *[many] Готово. Удалено { $entries } записей.
    }
forget-kept = Хорошо, ничего не удалено.

## Своё: /mood, /mystats, /export

mood-title = Ваши последние 30 дней
mood-caption = { $messages ->
        [one] { $messages } сообщение
        [few] { $messages } сообщения
       *[many] { $messages } сообщений
    } за 30 дней, чаще всего — { $emoji } <b>{ $emotion }</b>.
    <i>Здесь только эмоции и время, без ваших слов. Дни — по UTC.</i>
mood-nothing = Картинка пока пуста: за последние 30 дней мне нечего было у вас читать. Напишите что-нибудь, и она начнётся.
mystats-readings =
    { $readings ->
        [one] Прочитано <b>{ $readings }</b> ваше сообщение
        [few] Прочитано <b>{ $readings }</b> ваших сообщения
       *[many] Прочитано <b>{ $readings }</b> ваших сообщений
    }, первое — { $since }.
mystats-agreed =
    { $judged ->
        [one] Вы оценили <b>{ $judged }</b> прочтение
        [few] Вы оценили <b>{ $judged }</b> прочтения
       *[many] Вы оценили <b>{ $judged }</b> прочтений
    } и согласились с { NUMBER($share, style: "percent") }.
mystats-not-judged = Вы ещё ничего не оценивали: нажмите ✓ или ту эмоцию, которая должна быть.
mystats-kept =
    { $kept ->
        [0] Ваши тексты не хранятся, поэтому на ваших словах я не учусь.
        [one] Хранится <b>{ $kept }</b> ваш текст, зашифрованный.
        [few] Хранятся <b>{ $kept }</b> ваших текста, зашифрованные.
       *[many] Хранятся <b>{ $kept }</b> ваших текстов, зашифрованные.
    }
mystats-taught =
    { $taught ->
        [0] Нынешнюю модель ваши исправления ещё не учили.
        [one] Нынешнюю модель учило { $taught } ваше исправление.
        [few] Нынешнюю модель учили { $taught } ваших исправления.
       *[many] Нынешнюю модель учили { $taught } ваших исправлений.
    }
mystats-judging =
    { $judging ->
        [one] { $judging } исправление никогда не учит, а проверяет модели.
        [few] { $judging } исправления никогда не учат, а проверяют модели.
       *[many] { $judging } исправлений никогда не учат, а проверяют модели.
    }
mystats-waiting =
    { $waiting ->
        [one] { $waiting } исправление ждёт следующего обучения.
        [few] { $waiting } исправления ждут следующего обучения.
       *[many] { $waiting } исправлений ждут следующего обучения.
    }
mystats-nothing = У меня нет ничего вашего. Сначала напишите мне что-нибудь.
export-caption = Всё, что я о вас храню, — в файле, который прочтёт любая программа. /forget удаляет это.
export-about = Всё, что этот бот хранит о вас. Время — по UTC. Текста при прочтении нет, если вы не исправили его и не согласились на хранение.

## Администраторам: /stats

stats-counts =
    { $readings ->
        [one] <b>{ $readings }</b> прочтение
        [few] <b>{ $readings }</b> прочтения
       *[many] <b>{ $readings }</b> прочтений
    }, { $corrections ->
        [one] <b>{ $corrections }</b> исправление
        [few] <b>{ $corrections }</b> исправления
       *[many] <b>{ $corrections }</b> исправлений
    } от { $people ->
        [one] { $people } человека
       *[many] { $people } человек
    }, { $kept ->
        [one] сохранён { $kept } текст
        [few] сохранено { $kept } текста
       *[many] сохранено { $kept } текстов
    }.
stats-no-agreement = Прочтений ещё никто не оценивал.
stats-agreement = Люди согласились с <b>{ NUMBER($share, style: "percent") }</b> прочтений (оценено: { $judged }; с уверенностью 95% — от { NUMBER($low, style: "percent") } до { NUMBER($high, style: "percent") }).
stats-version = версия { $version }
stats-title = Как у меня дела
stats-readings-title = Прочтений в день, по услышанному
stats-mix-title = Услышано
stats-agreement-title = Соглашаются
stats-unsure = Не уверен
stats-champion = Работает версия <b>{ $version }</b>.
stats-waiting = Новых исправлений до следующего обучения: { $count }.
stats-forgettings = 🧹 Просьбы забыть, которые ещё ждут: { $count }. Следующее обучение начнётся без удалённого.
stats-run = Последнее обучение: { $state }, { $when } UTC.
stats-paused = ⏸ Расписание приостановлено; /resume продолжит.
stats-next = Следующее может начаться { $when } UTC.
outcome-promoted = модель принята
outcome-rejected = модель отклонена
outcome-failed = не удалось
outcome-cancelled = остановлено
outcome-none = идёт

## Администраторам: /review

review-nothing = Ни одно исправление не ждёт решения.
review-waiting =
    { $count ->
        [one] 🔎 <b>Ждёт { $count } исправление</b>, это — с { $since } UTC:
        [few] 🔎 <b>Ждут { $count } исправления</b>, это — с { $since } UTC:
       *[many] 🔎 <b>Ждут { $count } исправлений</b>, это — с { $since } UTC:
    }
review-unreadable = (ни один ключ из TEXT_KEYS не подходит к этому тексту)
review-said = Прочитано: { $said }
review-unsure = 🤷 без уверенности
review-says = Человек { $person } говорит: <b>{ $label }</b>
review-says-author = Автор, человек { $person }, говорит: <b>{ $label }</b>
review-others = Другие говорят: { $others }
review-conflict = Люди расходятся во мнениях об этом тексте. Пока вы не решили, он учит каждому понемногу.
review-low-trust = Этот человек противоречит другим намного чаще обычного. Исправление не учит, пока вы его не примете.
button-keep = ✓ Принять
button-drop = ✗ Отбросить
button-block = 🚫 Не учиться у этого человека
button-unblock = ↩ Снова учиться у человека { $person }
toast-kept = Принято: учит в полную силу.
toast-dropped = Отброшено: ничему не учит.
toast-blocked = Исправления этого человека больше не учат.
toast-unblocked = Исправления этого человека снова учат.
toast-decided = Это уже решено.

## Администраторам: /models, /rollback

models-title = <b>Модели</b>, сначала новые:
models-line = { $mark } <b>{ $version }</b> { $status } · { $when } · { $origin } · Macro F1 { $macro_f1 }
models-paused = ⏸ Расписание на паузе с { $since } UTC; /resume её снимает.
models-forgetting =
    { $count ->
        [one] 🧹 { $count } просьба забыть ждёт с { $since } UTC: работающая модель ещё училась на удалённом. Следующее обучение начнётся без него.
        [few] 🧹 { $count } просьбы забыть ждут, первая — с { $since } UTC: работающая модель ещё училась на удалённом. Следующее обучение начнётся без него.
       *[many] 🧹 { $count } просьб забыть ждут, первая — с { $since } UTC: работающая модель ещё училась на удалённом. Следующее обучение начнётся без него.
    }
model-title = { $mark } <b>Версия { $version }</b> { $status }.
model-made = Создана { $when } UTC: { $origin }.
model-promoted = Начала работать { $when } UTC.
model-unlearned =
    { $count ->
        [one] 🧹 Не помнит { $count } удалённого, что помнила прежняя версия; работает с { $when } UTC.
       *[many] 🧹 Не помнит { $count } удалённых, что помнила прежняя версия; работает с { $when } UTC.
    }
model-judged = Измерено на сообщениях с эмоцией, на которых я не учусь: их { $judged }.
model-gone = Её файл удалён, и снова работать она не может.
status-candidate = ждёт оценки
status-champion = работает
status-rejected = не принята
status-retired = работала раньше
status-rolled-back = снята
origin-shipped = из поставки
origin-schedule = по расписанию
origin-admin = по просьбе администратора
origin-operator = запущена оператором
rolled-back-admin = Снята администратором.
rolled-back-operator = Снята оператором.
rolled-back-agreement = Снята автоматически: люди согласились с { $agreed } прочтениями из { $judged } оценённых, а у прежней версии — с { $agreed_before } из { $judged_before }.
button-serve = ↩ Вернуть версию { $version }
button-models = ‹ Все модели
models-usage = Какую именно? /models показывает версии, а /rollback 3 вернёт версию 3.
models-unknown = Версии { $version } нет. Есть: { $known }.
rollback-already = Версия { $version } и так работает.
rollback-no-bundle = Версию { $version } не вернуть: её файл удалён. Есть ещё: { $known }.
rollback-done = ↩ <b>Теперь работает версия { $version }.</b> Версия { $old } сохранена, но ни она, ни другая на тех же данных больше не будет принята. Вернуть её: /rollback { $old }.

## Администраторам: /retrain

button-cancel = Остановить
cancel-done = ⏹ Хорошо, обучение останавливается.
cancel-nothing = Сейчас обучение не идёт.
run-no-trainer = Обучать некому. Запустите бота с TRAINER=on и установленным дополнением «train».
run-already = Обучение уже идёт.
run-waiting = ⏳ Обучение вот-вот начнётся …
run-stopping = ⏹ Останавливаю обучение …
run-running = ⏳ <b>Обучение</b>
run-progress = { $bar } { NUMBER($share, style: "percent") } { $stage }
run-left = осталось около { $seconds } с
run-left-minutes = осталось около { $minutes } мин
run-promoted = ✅ <b>Теперь работает версия { $version }.</b>
run-rejected = ✋ <b>Версия { $version } не принята, остаётся прежняя.</b>
run-failed = ⚠️ <b>Обучение не удалось</b>, остаётся прежняя модель: { $error }.
run-cancelled = ⏹ <b>Обучение остановлено</b>, остаётся прежняя модель.
run-base =
    Основа: { $base } и { $texts ->
        [one] { $texts } исправленный текст.
        [few] { $texts } исправленных текста.
       *[many] { $texts } исправленных текстов.
    } Проверка: { $judged ->
        [one] { $judged } сообщение, на котором я не учусь.
        [few] { $judged } сообщения, на которых я не учусь.
       *[many] { $judged } сообщений, на которых я не учусь.
    }
change-title = Что изменилось: ○ было, ● стало
change-recall = Полнота
change-f1 = F1
change-words = Слова, которые читаются иначе: было → стало
base-data-set = набор данных
base-shipped-bundle = модель из поставки
stage-preparing = подготовка
stage-reading = чтение данных
stage-training = обучение
stage-judging = проверка
stage-exporting = упаковка
column-old = было
column-new = новая
figure-accuracy = Точность
figure-macro-f1 = Macro F1
figure-ece = Ошибка калибр.
figure-learned = Выучено
figure-held-out = Отложено
clause-macro-f1 = Macro F1: { $champion } → { $candidate } (допустимо { $allowed } п. п.)
clause-recall =
    { $passed ->
        [open] Полнота: отложенных сообщений с эмоциями нет
       *[other] Полнота: хуже всего у эмоции «{ $emotion }», { $change } п. п. (95%-й интервал от { $low } до { $high }, допустимо { $allowed })
    }
clause-held-out-corrections =
    { $count ->
        [0] Отложенные исправления: пока нет, учитываются от { $needed }
       *[other] Отложенные исправления, прочитанные верно: { $champion } → { $candidate } из { $count }{ $passed ->
            [open] , учитываются от { $needed }
           *[other] { "" }
        }
    }
clause-calibration = Ошибка калибровки: { $champion } → { $candidate } (допустимо { $allowed } п. п.)
clause-behaviour = Примеры поведения, прошедшие проверку: { $champion } → { $candidate } из { $cases }
clause-servable =
    { $passed ->
        [no] Готовность к работе: нет («{ $reason }»)
       *[other] Готовность к работе: загружается, прогревается, повторяет эталонные примеры
    }
clause-same-champion = Сравнение с работающей моделью: нет, версия { $version } больше не работает
clause-new =
    { $same ->
        [data] Новизна: нет, данные те же, что у снятой версии { $version }
       *[file] Новизна: нет, это снова версия { $version }, { $status ->
            [champion] которая работает
           *[other] которая была снята
        }
    }
failure-died = процесс, который его вёл, умер
failure-stopped = процесс, который его вёл, остановили
failure-no-champion = нет модели, с которой начать
failure-not-started = обучающий процесс не запустился ({ $detail })
failure-too-long = оно длилось дольше, чем { $detail } из RETRAIN_TIME_LIMIT
failure-killed = обучающий процесс был убит ({ $detail }), возможно, не хватило памяти
failure-exit = обучающий процесс завершился с кодом { $detail }
failure-no-report = обучающий процесс завершился без отчёта
failure-training = ошибка обучения ({ $detail })
failure-no-candidate = обучающий процесс не оставил модели
failure-too-large = новая модель больше, чем допустимо
failure-bad-report = отчёт об обучении нельзя оценить ({ $detail })
failure-files = отказали файлы обучения ({ $detail })
failure-program = ошибка в программе ({ $detail }), подробности в журнале

## Администраторам: /pause, /resume

pause-done = ⏸ Расписание на паузе: само обучение не начнётся. /retrain по-прежнему работает, /resume снимает паузу.
pause-already = Расписание на паузе с { $since } UTC. /resume снимает паузу.
resume-done = ▶️ Расписание снова действует. Пропущенное за время паузы навёрстываться не будет.
resume-already = Расписание не на паузе.

## Администраторам: о чём никто не просил

notice-run-failed = ⚠️ <b>Обучение не удалось</b>, остаётся прежняя модель: { $error }.
notice-run-rejected = ✋ <b>Версия { $version }, обученная по расписанию, не принята</b>, остаётся прежняя. Подробнее: /models { $version }.
notice-taken-back =
    ↩ <b>Версия { $version } снята, снова работает версия { $serves }.</b>
    Люди согласились с { NUMBER($share, style: "percent") } прочтений (оценено: { $judged }), а у версии { $serves } — с { NUMBER($share_before, style: "percent") } (оценено: { $judged_before }).
notice-rolled-back = ↩ <b>Версия { $version } снята, работает версия { $serves }.</b> Подробнее: /models { $version }.
notice-unservable = ⚠️ <b>Версию { $version } не удаётся загрузить</b>, продолжает работать прежняя: «{ $reason }». Верните исправную версию командой /rollback.
notice-flood =
    🌊 <b>Кто-то пишет быстрее, чем я читаю.</b> За последние сутки — { $people ->
        [one] { $people } человек
        [few] { $people } человека
       *[many] { $people } человек
    }, последний из них — в { $floods ->
        [one] { $floods } минуте
       *[many] { $floods } минутах
    }. Что сверх MESSAGES_A_MINUTE, не читается.
notice-no-keys = 🔑 <b>TEXT_KEYS не задан</b>, поэтому исправленные тексты не хранятся и учиться мне не на чем. Как сделать ключ, сказано в .env.example.
notice-database-away = 🔌 <b>База данных была недоступна</b> с { $since } до { $until } UTC. В это время люди получали ответы без кнопок.
