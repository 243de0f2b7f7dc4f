lesson-unreviewed = Draft: no health, rehabilitation, education or legal professional has reviewed this lesson.
search-too-long = The search text is longer than 200 characters: shorten it.
id-or-code = Give either the id or the code, and only one of them.
