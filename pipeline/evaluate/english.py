"""The page's sentences in English; `korean.py` has the same keys with the same values in them."""

__all__ = ["TEXT"]

TEXT = {
    "title": "How good is the model?",
    "measured": "{run}, best epoch: measured on {examples} {photos} from {source}",
    "source_folder": "{folder}",
    "source_kept": "{folder} (the {share} kept for validation)",
    "source_test": "{folder} (the {share} kept for the test)",
    "source_dataset": "the data set {name}",
    "source_run": "the data of the run",
    # What `{photos}` stands for in every sentence.
    "of_photos": "photos",
    "of_arrays": "pictures",
    "percent": "{figure}\u00a0%",
    "points": "{figure} percentage points",
    "examples": "{photos}",
    "accuracy": "accuracy",
    "loss": "loss",
    "interval": "95\u00a0% interval",
    "mistakes": "mistakes",
    "class": "class",
    "target": "value",
    "support": "{photos}",
    "predicted_count": "predicted",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
    "average_precision": "AP",
    "right": "right",
    "wrong": "wrongly yes",
    "missed": "missed",
    "average_macro": "mean of the classes",
    "average_weighted": "mean, by {photos}",
    "average_micro": "all answers together",
    "mae": "mean error",
    "rmse": "RMSE",
    "r2": "R²",
    "file": "file",
    "row": "row {number}",
    "true": "true",
    "predicted": "predicted",
    "how_sure": "how sure",
    "how_often": "how often",
    "how_far": "how far off",
    "reason": "why",
    "section_summary": "At a glance",
    "section_overfitting": "Learned, or learned by heart?",
    "section_classes": "Class by class",
    "section_confusion": "What is taken for what",
    "section_mistakes": "The worst mistakes",
    "section_curves": "ROC and precision-recall curves",
    "section_calibration": "Does it know how sure it is?",
    "section_scatter": "Predicted and true values",
    "section_files": "What was measured, and what was left out",
    # At a glance.
    "summary_one": (
        "The model was right on {right} of {examples} {photos}: an accuracy of {accuracy}. It was wrong on {wrong}."
    ),
    "summary_interval": (
        "Other {photos} of the same kind would give another figure: with so many the true accuracy lies, 95 times in "
        "100, between {low} and {high} (Wilson's interval). A second model whose accuracy lies in there may be as good."
    ),
    "summary_guess": (
        "For comparison: always answering “{name}”, the commonest class here, would be right {share} of the time."
    ),
    "summary_guess_even": (
        "For comparison: there are as many {photos} of each class here, so always giving one and the same answer would "
        "be right {share} of the time."
    ),
    "summary_guess_tied": (
        "For comparison: {names} have equally many {photos} here, more than any other class, and always answering one "
        "of them would be right {share} of the time."
    ),
    "summary_not_better": (
        "That lies within the interval, so it cannot be said yet that the model is better than guessing: these "
        "{photos} do not show it. More {photos} to measure on, or a better model, would."
    ),
    "summary_below_guess": (
        "The model reaches less than that. Where one class is so common, the precision and recall of each class, "
        "below, say more than the accuracy."
    ),
    "summary_swapped": (
        "Its answers point the wrong way, which no model learns from right labels. The likeliest cause is that labels "
        "are swapped: {photos} of one class in the folder of another, here or in training. Look into {names}."
    ),
    "summary_multi": (
        "Each class is a yes-or-no answer of its own, and {accuracy} of all of them were right. Of {examples} "
        "{photos}, {right} had every answer right: {all_right}, and with so many {photos} the true share lies, 95 "
        "times in 100, between {low} and {high}."
    ),
    "summary_regression": (
        "On average a predicted value is {mae} away from the true one. Large errors weigh more in the RMSE: {rmse}."
    ),
    "summary_r2": (
        "R² is {r2}: 1 would be every value exactly, 0 is what always answering the mean reaches, and below 0 that "
        "would be better than the model."
    ),
    "summary_confused": "The commonest mistake: {true} taken for {predicted}, {count:# time|# times}.",
    "summary_one_answer": (
        "It took all {photos} for {name}: it has not learned to tell the classes apart, and its accuracy is only the "
        "share of that class."
    ),
    "summary_one_answer_ordered": (
        "It took all {photos} for {name}, though its probabilities do tell the classes apart (AUC {auc}): it leans "
        "towards that class, as models often do in their first epochs."
    ),
    "summary_almost_one": (
        "It took {count} of {examples} {photos} for {name}, though only {support} are: it hardly tells the classes "
        "apart."
    ),
    "one_answer_cure": (
        "Look first at how many {photos} of each class it learned from. Where the numbers are very different, "
        "--train.class_weight balanced or more {photos} of the rare class help. Then come more epochs, another "
        "learning rate (--train.learning_rate 0.0001), and {photos} that are in the wrong folder."
    ),
    "summary_faultless": "It made no mistake.",
    "summary_loss": (
        "The loss, {loss}, is what training makes small. Unlike accuracy it also counts how sure the model was: a "
        "wrong answer with much confidence costs more than one that was a guess."
    ),
    # Question 12.
    "q12": "How do I see overfitting?",
    "learned_plain": "training {photos}",
    "learned_augmented": "training {photos} (as augmented)",
    "a12": (
        "In epoch {epoch}, the one that was kept, the model was right on {train} of the {learned} and on {validation} "
        "of the validation {photos}, which it never learned from. In the last epoch, {last}, it was {last_train} and "
        "{last_validation}."
    ),
    "a12_last": (
        "In epoch {epoch}, the one that was kept and the last, the model was right on {train} of the {learned} and on "
        "{validation} of the validation {photos}, which it never learned from."
    ),
    "a12_gap": (
        "In the last epoch it is {gap} better on the {photos} that it learned from: it learns them by heart. That is "
        "overfitting. More {photos}, augmentation, dropout, or fewer epochs help."
    ),
    "a12_no_gap": (
        "The two are close in the last epoch, so there is no overfitting to speak of. It would look like this: the "
        "training accuracy goes on rising, towards 100\u00a0%, and the validation accuracy stands still or falls."
    ),
    "a12_above": (
        "In the last epoch it is {gap} better on the validation {photos}. It is not worse on {photos} that it never "
        "learned from, so there is no overfitting."
    ),
    "a12_better_plain": (
        "That it is better on the validation {photos} is no mistake: training {photos} are counted while the model "
        "still learns, the validation {photos} at the end of the epoch."
    ),
    "a12_better_augmented": (
        "That it is better on the validation {photos} is no mistake: training {photos} are augmented, and counted "
        "while the model still learns."
    ),
    "a12_low": (
        "Both are low: the model has not learned enough yet. More epochs, more {photos} or a larger network help, and "
        "overfitting is not what is wrong here."
    ),
    "a12_shared": (
        "{count:# validation photo is also a training photo|# validation photos are also training photos}, so "
        "validation cannot show whether the model learned by heart. Train again with other photos for validation."
    ),
    "a12_surer": (
        "By accuracy alone no overfitting shows in the last epoch. The losses, which also count how sure the model is, "
        "show it: it grows surer of its wrong answers."
    ),
    "a12_begins": (
        "Overfitting begins in epoch {epoch}, shaded below: from there on the validation loss stays more than "
        "2\u00a0% above its lowest, while the training loss goes on falling."
    ),
    "a12_rule": (
        "The curves show no epoch in which overfitting begins. It would be the one after which the validation loss "
        "stays more than 2\u00a0% above its lowest for two epochs or more, while the training loss goes on falling."
    ),
    "a12_losses": (
        "In epoch {epoch}, the one that was kept, the training loss was {loss} and the validation loss {val_loss}. "
        "In the last epoch, {last}, they were {last_loss} and {last_val_loss}."
    ),
    "history_alt": "Loss and accuracy of each epoch, training and validation",
    "a12_no_run": (
        "A model file does not say how accuracy went from epoch to epoch. Overfitting looks like this: the training "
        "accuracy goes on rising, and the validation accuracy stands still or falls."
    ),
    "a12_unknown": (
        "history.csv of the run does not say how accuracy went ({why}). Overfitting looks like this: the training "
        "accuracy goes on rising, and the validation accuracy stands still or falls."
    ),
    "no_rows": "no epoch is in it",
    "no_accuracy": "no accuracy is in it",
    "no_validation": "no validation is in it",
    "damaged": "it is missing or damaged",
    # Class by class.
    "explain_precision": (
        "Precision: when it says “{name}”, is that so? It said so {predicted:once|# times}, and {right} of those "
        "{right:was|were} right: {precision}."
    ),
    "explain_recall": (
        "Recall: of the {photos} of {name}, how many does it find? Of {support}, it found {right}: {recall}."
    ),
    "explain_f1": (
        "F1 is one figure for both, near the lower of the two. AUC and AP are explained below, with the curves. A "
        "dash stands where there is nothing to divide by."
    ),
    "few": (
        "Of {names} there are fewer than {least} {photos} here: finding one more or one less changes such a recall by "
        "25 percentage points or more, so it says little."
    ),
    # What is taken for what.
    "classes_more": "{shown} of {count} classes, those with the most mistakes: evaluate.json has all of them.",
    "explain_pairs": (
        "The commonest mistakes of so many classes: what was true, what the model said, and how often. "
        "evaluate.json has all of them."
    ),
    "explain_confusion": (
        "Each row is a true class, each column what the model said. Read the row of {name}: of {support}, {right} "
        "{right:was|were} taken for what {right:it is|they are}; {rest} What is right stands on the diagonal; the "
        "darker, the larger the share of its row. Each cell has the number of {photos}, and below it that share."
    ),
    "confusion_alt": "Confusion matrix: a row a true class, a column a predicted class",
    "rest_none": "none was taken for anything else.",
    "rest_two": "{count:the other one was|the other # were} taken for “{other}”.",
    "rest_many": "the others are spread over the other columns.",
    "explain_tables": (
        "Each class is a question of its own here, yes or no: “wrongly yes” counts {photos} that were said to be it "
        "and are not, “missed” those that are it and were not said to be."
    ),
    "true_class": "true class",
    "predicted_class": "predicted class",
    "share_of_row": "share of the true class",
    # Mistakes.
    "explain_mistakes": (
        "Pictures just as the model saw them: those that it was surest about, and wrong, first. Look for what they "
        "share: a label that is wrong, an odd angle, much background, something small."
    ),
    "explain_far": "Pictures just as the model saw them: the largest errors first.",
    "mistake_alt": "Mistake {number}: true {true}, predicted {predicted}",
    "no_mistakes": "There is none: every answer was right.",
    "mistakes_more": "{shown} of {count}: predictions.csv has all {photos}, to sort as you like.",
    # Curves.
    "explain_roc": (
        "The model gives each class a value between 0 and 1. The ROC curve shows how many of a class are found (up) "
        "against how many others are wrongly taken for it (across), for every value at which one could draw the line. "
        "AUC, the area below, is a chance: show it one of the class and one of another, and so often it gives the "
        "first the higher value. 0.5 is guessing, 1 is perfect."
    ),
    "explain_roc_example": "For {name} that is {auc}.",
    "explain_pr": (
        "The precision-recall curve shows precision (up) against recall (across); the nearer to its upper right corner "
        "the better. AP is the area below it."
    ),
    "false_positive_rate": "others wrongly taken for it (share)",
    "true_positive_rate": "found (share)",
    "recall_axis": "recall",
    "precision_axis": "precision",
    "roc": "ROC",
    "precision_recall": "Precision and recall",
    "guessing": "guessing",
    "hardest": "the {shown} hardest of {count}",
    "no_curves": "There is no curve: a class needs {photos} that are it and {photos} that are not.",
    # Calibration.
    "explain_calibration": (
        "Predictions sorted by how sure the model was. On the diagonal, “90\u00a0% sure” is right 90 times in 100. "
        "Below it the model is too sure of itself, above it too modest."
    ),
    "calibration_over": (
        "On average it was {confidence} sure and right in {accuracy} of the cases: it is too sure of itself."
    ),
    "calibration_under": (
        "On average it was {confidence} sure and right in {accuracy} of the cases: it is more modest than it must be."
    ),
    "calibration_fair": "On average it was {confidence} sure and right in {accuracy} of the cases: that fits.",
    "calibration_error": "The mean distance from the diagonal (expected calibration error) is {error}.",
    "confidence": "how sure (probability)",
    "share_right": "right (share)",
    "perfect": "as sure as it should be",
    # Values.
    "explain_scatter": "Each dot is one of the {photos}. On the diagonal the predicted value is the true one.",
    "true_value": "true value",
    "predicted_value": "predicted value",
    # Files.
    "unreadable": (
        "{count:# photo|# photos} could not be read and {count:was|were} left out: no figure on this page counts "
        "{count:it|them}. Mend or remove what cannot be read, and measure again."
    ),
    "missing": (
        "There were no {photos} of {names}: how well they are found is not known, and wherever a mean stands above "
        "they are not in it."
    ),
    "all_read": "All {photos} were read; nothing was left out.",
    "differs": (
        "The run's own record says an accuracy of {recorded}, and this is {accuracy}: the {photos} or the model's file "
        "have changed since, or this machine rounds otherwise."
    ),
    "own": (
        "These are the {photos} that training measured itself by. It chose the best epoch by them, so the accuracy on "
        "{photos} that were never used may be a little lower."
    ),
    "learned_from": (
        "{count:# of these photos is one|# of these photos are ones} that the run learned from. How well those are "
        "told apart says nothing about new ones: measure others with --data.validation."
    ),
    "names_numbered": (
        "No font on this machine has the letters of the class names, so pictures name classes by number: {names}. To "
        "see the names, install such a font (on Debian, Ubuntu and hosted notebooks: apt-get install {package}) and "
        "run this command again."
    ),
    "words_replaced": (
        "No font on this machine has the letters of this language, so pictures are in English. Install such a font "
        "(on Debian, Ubuntu and hosted notebooks: apt-get install {package}) and run this command again."
    ),
    "made_by": "Made by python -m pipeline.evaluate. This page needs no network and holds everything that it shows.",
}
